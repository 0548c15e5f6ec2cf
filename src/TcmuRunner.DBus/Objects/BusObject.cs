// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Objects;

/// <summary>An object that is served. Introspectable, Properties and Peer come by themselves.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Interfaces">Its interfaces.</param>
public sealed record BusObject(string Path, IReadOnlyList<BusInterface> Interfaces)
{
    /// <summary>Whether it is an ObjectManager of the managed objects beneath it, down to the next manager.</summary>
    public bool IsManager { get; init; }

    /// <summary>Whether the manager above lists it.</summary>
    public bool IsManaged { get; init; }

    /// <summary>The interfaces with the values of their properties, as <c>a{sa{sv}}</c>.</summary>
    internal Dictionary<string, Dictionary<string, BusVariant>> Values() =>
        Interfaces.ToDictionary(@interface => @interface.Name, @interface => @interface.Values());
}
