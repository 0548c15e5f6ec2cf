// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;

namespace TcmuRunner.DBus.Objects;

/// <summary>Finds what a call is for, and calls it.</summary>
internal static class Dispatcher
{
    private static readonly BusMethod s_introspect = Standard("Introspect", "", "s");
    private static readonly BusMethod s_get = Standard("Get", "ss", "v");
    private static readonly BusMethod s_getAll = Standard("GetAll", "s", "a{sv}");
    private static readonly BusMethod s_set = Standard("Set", "ssv", "");
    private static readonly BusMethod s_getManagedObjects = Standard("GetManagedObjects", "", "a{oa{sa{sv}}}");

    /// <summary>Finds the method that a call is for.</summary>
    /// <param name="tree">The objects.</param>
    /// <param name="path">The object.</param>
    /// <param name="interfaceName">The interface; null for any.</param>
    /// <param name="member">The method.</param>
    /// <exception cref="BusException">There is none; with the name of the error for the caller.</exception>
    internal static BusMethod Find(ObjectTree tree, string path, string? interfaceName, string member)
    {
        bool exists = tree.TryGet(path, out BusObject? found);
        if (!exists && tree.ChildrenOf(path).Count == 0)
        {
            throw new BusException(BusErrorName.UnknownObject, $"There is no object at '{path}'.");
        }

        if (interfaceName is null or StandardInterfaces.Introspectable && member == s_introspect.Name)
        {
            return s_introspect with { Handler = _ => Answer(Introspection.Describe(found, tree.ChildrenOf(path))) };
        }

        if (found is not null && TryFindStandard(tree, found, interfaceName, member, out BusMethod? standard))
        {
            return standard;
        }

        List<BusInterface> candidates = [.. (found?.Interfaces ?? []).Where(candidate => interfaceName is null || candidate.Name == interfaceName)];
        if (candidates.Count == 0)
        {
            throw new BusException(BusErrorName.UnknownInterface, $"The object at '{path}' has no interface '{interfaceName}'.");
        }

        return candidates.SelectMany(candidate => candidate.Methods).FirstOrDefault(method => method.Name == member)
            ?? throw new BusException(BusErrorName.UnknownMethod, $"The object at '{path}' has no method '{member}'.");
    }

    private static bool TryFindStandard(
        ObjectTree tree, BusObject found, string? interfaceName, string member, [NotNullWhen(true)] out BusMethod? method)
    {
        method = (interfaceName, member) switch
        {
            (null or StandardInterfaces.Properties, "Get") => s_get with { Handler = call => Answer(Get(found, call)) },
            (null or StandardInterfaces.Properties, "GetAll") => s_getAll with { Handler = call => Answer(GetAll(found, call)) },
            (null or StandardInterfaces.Properties, "Set") => s_set with { Handler = call => throw RefuseToSet(found, call) },
            (null or ObjectTree.ManagerInterface, "GetManagedObjects") when found.IsManager =>
                s_getManagedObjects with { Handler = _ => Answer(tree.ManagedBy(found.Path).ToDictionary(managed => managed.Path, managed => managed.Values())) },
            _ => null,
        };
        return method is not null;
    }

    private static BusVariant Get(BusObject found, BusCall call)
    {
        BusProperty property = FindProperty(found, (string)call.Arguments[0], (string)call.Arguments[1]);
        return new BusVariant(property.Signature, property.Get());
    }

    private static Dictionary<string, BusVariant> GetAll(BusObject found, BusCall call)
    {
        string name = (string)call.Arguments[0];
        if (name.Length == 0)
        {
            return found.Interfaces.SelectMany(candidate => candidate.Values()).DistinctBy(pair => pair.Key).ToDictionary();
        }

        // The standard interfaces are there, and have no properties.
        return FindInterface(found, name)?.Values() ?? [];
    }

    private static BusException RefuseToSet(BusObject found, BusCall call)
    {
        BusProperty property = FindProperty(found, (string)call.Arguments[0], (string)call.Arguments[1]);
        return new BusException(BusErrorName.PropertyReadOnly, $"The property '{property.Name}' can only be read.");
    }

    private static BusProperty FindProperty(BusObject found, string interfaceName, string name)
    {
        IEnumerable<BusInterface> candidates = interfaceName.Length == 0 ? found.Interfaces : [FindInterface(found, interfaceName) ?? new BusInterface("")];
        return candidates.SelectMany(candidate => candidate.Properties).FirstOrDefault(property => property.Name == name)
            ?? throw new BusException(BusErrorName.UnknownProperty, $"The object at '{found.Path}' has no property '{name}'.");
    }

    private static BusInterface? FindInterface(BusObject found, string name) => name switch
    {
        StandardInterfaces.Introspectable or StandardInterfaces.Properties or StandardInterfaces.Peer => null,
        ObjectTree.ManagerInterface when found.IsManager => null,
        _ => found.Interfaces.FirstOrDefault(candidate => candidate.Name == name)
            ?? throw new BusException(BusErrorName.UnknownInterface, $"The object at '{found.Path}' has no interface '{name}'."),
    };

    private static Task<object[]> Answer(object value) => Task.FromResult<object[]>([value]);

    private static BusMethod Standard(string name, string inputs, string outputs) => new(
        name, [.. BusSignature.Split(inputs).Select(type => new BusArgument("", type))],
        [.. BusSignature.Split(outputs).Select(type => new BusArgument("", type))], _ => Task.FromResult(Array.Empty<object>()))
    {
        IsPrivileged = false,
    };
}
