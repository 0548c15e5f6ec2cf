// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Objects;

/// <summary>A call of a method that is served.</summary>
/// <param name="Connection">The connection that it came over.</param>
/// <param name="Sender">The caller's unique name on the bus.</param>
/// <param name="Path">The object.</param>
/// <param name="Arguments">One value for each of <see cref="BusMethod.Inputs"/>.</param>
public sealed record BusCall(BusConnection Connection, string Sender, string Path, object[] Arguments);
