// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Objects;

/// <summary>An argument of a method or a signal.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Signature">One complete type.</param>
public sealed record BusArgument(string Name, string Signature);
