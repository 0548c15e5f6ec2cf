// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;

namespace TcmuRunner.DBus.Objects;

/// <summary>The objects that a program serves, whether or not a bus is there. Thread safe.</summary>
public sealed class ObjectTree
{
    /// <summary>The interface of managers.</summary>
    internal const string ManagerInterface = "org.freedesktop.DBus.ObjectManager";

    private readonly Lock _sync = new();
    private readonly SortedDictionary<string, BusObject> _objects = new(StringComparer.Ordinal);

    /// <summary>Tells of a signal that is to be sent: path, interface, member, signature, values. Called on the thread that causes it.</summary>
    internal event Action<string, string, string, string, object[]>? Signalled;

    /// <summary>Adds an object; its manager announces it.</summary>
    /// <returns>False when its path is taken.</returns>
    public bool Add(BusObject added)
    {
        lock (_sync)
        {
            if (!_objects.TryAdd(added.Path, added))
            {
                return false;
            }
        }

        if (FindManager(added) is { } manager)
        {
            Signalled?.Invoke(manager, ManagerInterface, "InterfacesAdded", "oa{sa{sv}}", [added.Path, added.Values()]);
        }

        return true;
    }

    /// <summary>Removes an object; its manager announces that.</summary>
    /// <returns>False when there is none at this path.</returns>
    public bool Remove(string path)
    {
        BusObject? removed;
        lock (_sync)
        {
            if (!_objects.Remove(path, out removed))
            {
                return false;
            }
        }

        if (FindManager(removed) is { } manager)
        {
            object[] names = [removed.Path, removed.Interfaces.Select(@interface => @interface.Name).ToList()];
            Signalled?.Invoke(manager, ManagerInterface, "InterfacesRemoved", "oas", names);
        }

        return true;
    }

    /// <summary>Sends a signal of an object.</summary>
    public void Signal(string path, string interfaceName, BusSignal signal, params object[] values) =>
        Signalled?.Invoke(path, interfaceName, signal.Name, signal.Signature, values);

    /// <summary>Announces new values of properties.</summary>
    /// <param name="path">The object.</param>
    /// <param name="changed">Its interface.</param>
    /// <param name="names">The properties.</param>
    public void PropertiesChanged(string path, BusInterface changed, params ReadOnlySpan<string> names)
    {
        var values = new Dictionary<string, BusVariant>();
        foreach (string name in names)
        {
            BusProperty property = changed.Properties.First(candidate => candidate.Name == name);
            values[name] = new BusVariant(property.Signature, property.Get());
        }

        object[] arguments = [changed.Name, values, Array.Empty<string>()];
        Signalled?.Invoke(path, StandardInterfaces.Properties, "PropertiesChanged", "sa{sv}as", arguments);
    }

    /// <summary>Finds an object.</summary>
    internal bool TryGet(string path, [NotNullWhen(true)] out BusObject? found)
    {
        lock (_sync)
        {
            return _objects.TryGetValue(path, out found);
        }
    }

    /// <summary>The next elements of the paths beneath a path; empty when nothing lies beneath.</summary>
    internal IReadOnlyList<string> ChildrenOf(string path)
    {
        int start = path == "/" ? 1 : path.Length + 1;
        lock (_sync)
        {
            return
            [
                .. _objects.Keys.Where(candidate => ObjectPath.IsBeneath(candidate, path))
                    .Select(candidate => candidate[start..].Split('/')[0]).Distinct(StringComparer.Ordinal),
            ];
        }
    }

    /// <summary>The objects that a manager lists.</summary>
    internal IReadOnlyList<BusObject> ManagedBy(string path)
    {
        BusObject[] all;
        lock (_sync)
        {
            all = [.. _objects.Values];
        }

        return [.. all.Where(candidate => FindManager(candidate) == path)];
    }

    // The nearest one above; null for an object that is not managed.
    private string? FindManager(BusObject managed)
    {
        if (!managed.IsManaged)
        {
            return null;
        }

        lock (_sync)
        {
            return _objects.Values.Where(candidate => candidate.IsManager && ObjectPath.IsBeneath(managed.Path, candidate.Path))
                .MaxBy(candidate => candidate.Path.Length)?.Path;
        }
    }
}
