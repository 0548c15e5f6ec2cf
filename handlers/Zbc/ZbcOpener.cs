// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>What both subtypes share.</summary>
internal static class ZbcOpener
{
    public static ConfigurationCheck Check(ConfigurationString configuration, DeviceProfile defaultProfile) =>
        ZbcConfigurationParser.TryParse(configuration, defaultProfile, out _, out string? reason)
            ? ConfigurationCheck.Valid
            : ConfigurationCheck.Invalid(reason);

    /// <summary>Opens a disk.</summary>
    /// <exception cref="HandlerException">It could not be opened.</exception>
    public static async ValueTask<IHandlerDevice> OpenAsync(
        OpenRequest request, DeviceProfile defaultProfile, Dialect defaultDialect, CancellationToken cancellationToken)
    {
        if (!ZbcConfigurationParser.TryParse(request.Configuration, defaultProfile, out ZbcConfiguration? configuration, out string? reason))
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, reason);
        }

        cancellationToken.ThrowIfCancellationRequested();
        ImageOpener.OpenedImage image = await new ImageOpener(request, configuration, defaultDialect).OpenAsync().ConfigureAwait(false);
        try
        {
            return new ZbcDevice(image, configuration, request);
        }
        catch
        {
            await image.Store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
