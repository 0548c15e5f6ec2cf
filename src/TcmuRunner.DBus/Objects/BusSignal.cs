// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Objects;

/// <summary>A signal that is sent.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Arguments">What it brings.</param>
public sealed record BusSignal(string Name, IReadOnlyList<BusArgument> Arguments)
{
    /// <summary>The types of the arguments.</summary>
    internal string Signature { get; } = string.Concat(Arguments.Select(argument => argument.Signature));
}
