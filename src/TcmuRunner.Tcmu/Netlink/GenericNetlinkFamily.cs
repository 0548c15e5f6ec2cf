// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;

namespace TcmuRunner.Tcmu.Netlink;

/// <summary>What the controller says of a family (<c>CTRL_CMD_NEWFAMILY</c>).</summary>
/// <param name="Id">The message type of its messages.</param>
/// <param name="Version">Its version; 1 for a TCM-USER that wants no replies.</param>
/// <param name="MulticastGroups">Ids of its multicast groups by name.</param>
internal sealed record GenericNetlinkFamily(ushort Id, byte Version, ImmutableDictionary<string, uint> MulticastGroups)
{
    /// <summary>The request for a family.</summary>
    internal static Span<byte> WriteRequest(Span<byte> buffer, string name, uint sequenceNumber)
    {
        var writer = new NetlinkMessageWriter(
            buffer,
            (ushort)NetlinkMessageType.Controller,
            NetlinkMessageFlags.Request | NetlinkMessageFlags.Acknowledge,
            sequenceNumber,
            (byte)ControllerCommand.GetFamily,
            version: 1);
        writer.Add((ushort)ControllerAttribute.FamilyName, name);
        return writer.Finish();
    }

    /// <summary>Parses the controller's answer.</summary>
    internal static bool TryParse(NetlinkMessage message, out GenericNetlinkFamily? family)
    {
        family = null;
        if (!message.IsGeneric || message.Type != NetlinkMessageType.Controller || message.Command != (byte)ControllerCommand.NewFamily)
        {
            return false;
        }

        ushort id = 0;
        uint version = 0;
        var groups = ImmutableDictionary<string, uint>.Empty;
        NetlinkAttributeReader attributes = message.Attributes;
        while (attributes.MoveNext())
        {
            switch ((ControllerAttribute)attributes.Type)
            {
                case ControllerAttribute.FamilyId:
                    attributes.TryGet(out id);
                    break;
                case ControllerAttribute.Version:
                    attributes.TryGet(out version);
                    break;
                case ControllerAttribute.MulticastGroups:
                    groups = ParseGroups(attributes.Nested);
                    break;
                default:
                    break;
            }
        }

        if (id == 0)
        {
            return false;
        }

        family = new GenericNetlinkFamily(id, (byte)version, groups);
        return true;
    }

    private static ImmutableDictionary<string, uint> ParseGroups(NetlinkAttributeReader list)
    {
        var groups = ImmutableDictionary.CreateBuilder<string, uint>();
        while (list.MoveNext())
        {
            string? name = null;
            uint id = 0;
            NetlinkAttributeReader group = list.Nested;
            while (group.MoveNext())
            {
                switch ((MulticastGroupAttribute)group.Type)
                {
                    case MulticastGroupAttribute.Name:
                        name = group.GetString();
                        break;
                    case MulticastGroupAttribute.Id:
                        group.TryGet(out id);
                        break;
                    default:
                        break;
                }
            }

            if (name is not null)
            {
                groups[name] = id;
            }
        }

        return groups.ToImmutable();
    }
}
