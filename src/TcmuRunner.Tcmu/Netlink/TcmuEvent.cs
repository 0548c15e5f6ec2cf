// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;

namespace TcmuRunner.Tcmu.Netlink;

/// <summary>An event of the TCM-USER family: a device was added, removed or is to be reconfigured.</summary>
internal sealed record TcmuEvent
{
    /// <summary><see cref="TcmuCommand.AddedDevice"/>, <see cref="TcmuCommand.RemovedDevice"/> or
    /// <see cref="TcmuCommand.ReconfigDevice"/>.</summary>
    internal required TcmuCommand Command { get; init; }

    /// <summary>Version of the event's header.</summary>
    internal required byte Version { get; init; }

    /// <summary>LIO's index of the device, which a reply names; null in events of version 1.</summary>
    internal uint? DeviceId { get; init; }

    /// <summary>N of uioN; -1 when the event does not say.</summary>
    internal int Minor { get; init; } = -1;

    /// <summary>The uio name; empty when the event does not say.</summary>
    internal string Name { get; init; } = string.Empty;

    /// <summary>The new configuration, where that is what changes.</summary>
    internal string? Configuration { get; init; }

    /// <summary>The new size in bytes, where that is what changes.</summary>
    internal ulong? SizeBytes { get; init; }

    /// <summary>Whether the write cache is to be on, where that is what changes.</summary>
    internal bool? WriteCache { get; init; }

    /// <summary>
    /// Whether the kernel takes a reply. A kernel that speaks version 1 never waits and does not know the reply commands; without a device
    /// id there is nothing to reply to.
    /// </summary>
    internal bool WantsReply => Version > 1 && DeviceId is not null;

    /// <summary>Parses an event. Attributes that are unknown, repeated, or in another order do no harm.</summary>
    /// <returns>False when the message is no event.</returns>
    internal static bool TryParse(NetlinkMessage message, ushort familyId, [NotNullWhen(true)] out TcmuEvent? parsed)
    {
        parsed = null;
        if (!message.IsGeneric || (ushort)message.Type != familyId
            || (TcmuCommand)message.Command is not (TcmuCommand.AddedDevice or TcmuCommand.RemovedDevice or TcmuCommand.ReconfigDevice))
        {
            return false;
        }

        parsed = new TcmuEvent { Command = (TcmuCommand)message.Command, Version = message.Version };
        NetlinkAttributeReader attributes = message.Attributes;
        while (attributes.MoveNext())
        {
            parsed = parsed.With(attributes);
        }

        return true;
    }

    private TcmuEvent With(NetlinkAttributeReader attribute) => (TcmuAttribute)attribute.Type switch
    {
        TcmuAttribute.Device => this with { Name = attribute.GetString() },
        TcmuAttribute.Minor when attribute.TryGet(out uint minor) && minor <= int.MaxValue => this with { Minor = (int)minor },
        TcmuAttribute.DeviceConfiguration => this with { Configuration = attribute.GetString() },
        TcmuAttribute.DeviceSize when attribute.TryGet(out ulong size) => this with { SizeBytes = size },
        TcmuAttribute.WriteCache when attribute.TryGet(out byte on) => this with { WriteCache = on != 0 },
        TcmuAttribute.DeviceId when attribute.TryGet(out uint id) => this with { DeviceId = id },
        _ => this,
    };
}
