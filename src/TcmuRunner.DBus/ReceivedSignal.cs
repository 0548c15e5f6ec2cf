// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus;

/// <summary>A signal that came over the bus.</summary>
/// <param name="Path">The object that sent it.</param>
/// <param name="Interface">The interface.</param>
/// <param name="Member">Its name.</param>
/// <param name="Arguments">What it brings; see <see cref="BusSignature"/>.</param>
public sealed record ReceivedSignal(string Path, string Interface, string Member, object[] Arguments);
