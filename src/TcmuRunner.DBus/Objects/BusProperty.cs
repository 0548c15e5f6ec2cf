// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Objects;

/// <summary>A property that is served.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Signature">One complete type.</param>
/// <param name="Get">Its value; called on the bus thread, which it must not keep.</param>
/// <param name="Change">What the introspection says of changes: <c>const</c>, <c>true</c>, or <c>false</c> when they are not announced.</param>
public sealed record BusProperty(string Name, string Signature, Func<object> Get, string Change = "false");
