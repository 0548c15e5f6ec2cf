// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Objects;

/// <summary>A method that is served.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Inputs">What it takes; calls with other types do not reach the handler.</param>
/// <param name="Outputs">What it answers with.</param>
/// <param name="Handler">
/// Does the work: called on the bus thread, which it must not keep; the task may end on any thread. The caller gets a
/// <see cref="BusException"/> as it is, anything else as <see cref="BusErrorName.Failed"/>.
/// </param>
public sealed record BusMethod(
    string Name, IReadOnlyList<BusArgument> Inputs, IReadOnlyList<BusArgument> Outputs, Func<BusCall, Task<object[]>> Handler)
{
    /// <summary>Whether only root may call it. Default true.</summary>
    public bool IsPrivileged { get; init; } = true;

    /// <summary>The types of the inputs.</summary>
    internal string InputSignature { get; } = string.Concat(Inputs.Select(input => input.Signature));

    /// <summary>The types of the outputs.</summary>
    internal string OutputSignature { get; } = string.Concat(Outputs.Select(output => output.Signature));
}
