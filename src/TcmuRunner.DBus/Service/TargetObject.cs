// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus.Objects;

namespace TcmuRunner.DBus.Service;

/// <summary>The object of one portal group of a target.</summary>
internal sealed class TargetObject
{
    /// <param name="facts">The group.</param>
    /// <param name="control">Does the work.</param>
    /// <param name="update">Called after a change: whoever has made it finds the objects as they are then.</param>
    internal TargetObject(TargetFacts facts, ITargetsControl control, Action update)
    {
        Known = facts;
        Path = PathOf(facts.Name, facts.Tag);
        Interface = new BusInterface(ServiceNames.Target)
        {
            Methods =
            [
                new BusMethod(
                    "AddLun",
                    [new("config", "s"), new("size", "t"), new("block_size", "u"), new("number", "i")],
                    [new("added", "q")],
                    async call =>
                    {
                        ushort added = await control.AddLunAsync(
                            Known, (string)call.Arguments[0], (ulong)call.Arguments[1], (uint)call.Arguments[2], (int)call.Arguments[3]).ConfigureAwait(false);
                        update();
                        return [added];
                    }),
                Method("RemoveLun", [new("number", "q")], call => control.RemoveLunAsync(Known, (ushort)call.Arguments[0])),
                Method(
                    "ResizeLun",
                    [new("number", "q"), new("size", "t")],
                    call => control.ResizeLunAsync(Known, (ushort)call.Arguments[0], (ulong)call.Arguments[1])),
                Method("AddPortal", [new("portal", "s")], call => control.AddPortalAsync(Known, (string)call.Arguments[0])),
                Method("RemovePortal", [new("portal", "s")], call => control.RemovePortalAsync(Known, (string)call.Arguments[0])),
                Method("AddInitiator", [new("initiator", "s")], call => control.AddInitiatorAsync(Known, (string)call.Arguments[0])),
                Method("RemoveInitiator", [new("initiator", "s")], call => control.RemoveInitiatorAsync(Known, (string)call.Arguments[0])),
                Method(
                    "SetChap",
                    [new("initiator", "s"), .. TargetsObject.SecretArguments],
                    call => control.SetChapAsync(Known, (string)call.Arguments[0], TargetsObject.SecretsOf(call.Arguments.AsSpan(1)))),
                Method("SetEnabled", [new("enabled", "b")], call => control.SetEnabledAsync(Known, (bool)call.Arguments[0])),
                Method(
                    "SetAnyInitiator",
                    [new("allowed", "b"), new("read_only", "b")],
                    call => control.SetAnyInitiatorAsync(Known, (bool)call.Arguments[0], (bool)call.Arguments[1])),
            ],
            Properties =
            [
                new BusProperty("Name", "s", () => Known.Name, "const"),
                new BusProperty("Tag", "q", () => Known.Tag, "const"),
                new BusProperty("IsEnabled", "b", () => Known.IsEnabled, "true"),
                new BusProperty("AllowsAnyInitiator", "b", () => Known.AllowsAnyInitiator, "true"),
                new BusProperty("NeedsAuthentication", "b", () => Known.NeedsAuthentication, "true"),
                new BusProperty("Portals", "as", () => Known.Portals, "true"),
                new BusProperty("Luns", "a" + LunFacts.Signature, () => Known.Luns.Select(lun => lun.ToBus()), "true"),
                new BusProperty("Initiators", "a" + InitiatorFacts.Signature, () => Known.Initiators.Select(initiator => initiator.ToBus()), "true"),
            ],
        };

        BusMethod Method(string name, IReadOnlyList<BusArgument> inputs, Func<BusCall, Task> work) => new(name, inputs, [], async call =>
        {
            await work(call).ConfigureAwait(false);
            update();
            return [];
        });
    }

    /// <summary>Where it is.</summary>
    internal string Path { get; }

    /// <summary>What it offers.</summary>
    internal BusInterface Interface { get; }

    /// <summary>The group as it was last announced.</summary>
    internal TargetFacts Known
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>Where the object of a portal group is.</summary>
    internal static string PathOf(string name, ushort tag) => $"{ServiceNames.TargetsPath}/{ObjectPath.Escape(name)}/{tag}";

    /// <summary>The properties that differ from what was announced.</summary>
    internal string[] Differences(TargetFacts now)
    {
        TargetFacts before = Known;
        (string Name, bool Differs)[] properties =
        [
            ("IsEnabled", before.IsEnabled != now.IsEnabled),
            ("AllowsAnyInitiator", before.AllowsAnyInitiator != now.AllowsAnyInitiator),
            ("NeedsAuthentication", before.NeedsAuthentication != now.NeedsAuthentication),
            ("Portals", !before.Portals.SequenceEqual(now.Portals)),
            ("Luns", !before.Luns.SequenceEqual(now.Luns)),
            ("Initiators", !before.Initiators.SequenceEqual(now.Initiators)),
        ];
        return [.. properties.Where(property => property.Differs).Select(property => property.Name)];
    }
}
