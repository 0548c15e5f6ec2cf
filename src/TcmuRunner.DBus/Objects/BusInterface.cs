// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Objects;

/// <summary>An interface of an object that is served.</summary>
/// <param name="Name">Its name.</param>
public sealed record BusInterface(string Name)
{
    /// <summary>Its methods.</summary>
    public IReadOnlyList<BusMethod> Methods { get; init; } = [];

    /// <summary>Its properties.</summary>
    public IReadOnlyList<BusProperty> Properties { get; init; } = [];

    /// <summary>Its signals.</summary>
    public IReadOnlyList<BusSignal> Signals { get; init; } = [];

    /// <summary>The values of all properties, as <c>a{sv}</c>.</summary>
    internal Dictionary<string, BusVariant> Values() =>
        Properties.ToDictionary(property => property.Name, property => new BusVariant(property.Signature, property.Get()));
}
