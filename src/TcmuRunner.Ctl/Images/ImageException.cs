// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Ctl.Images;

/// <summary>A handler does not do something with an image.</summary>
/// <param name="kind">The HandlerErrorKind of the handlers' contract, by name.</param>
/// <param name="message">The handler's sentence.</param>
internal sealed class ImageException(string kind, string message) : Exception(message)
{
    /// <summary>Whether somebody has the image open.</summary>
    internal bool IsBusy => kind == "Busy";

    /// <summary>With what the program ends.</summary>
    internal ExitStatus Status => kind switch
    {
        "NotFound" => ExitStatus.NotFound,
        "AccessDenied" => ExitStatus.NotPermitted,
        "InvalidConfiguration" => ExitStatus.WrongUsage,
        _ => ExitStatus.Failed,
    };
}
