// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Tcmu.Netlink;

namespace TcmuRunner.Tcmu.Tests.Netlink;

/// <content>The kernel's side of the wire format.</content>
internal sealed partial class FakeTcmuKernel
{
    internal static byte[] WriteFamily(ushort id, byte version, ReadOnlySpan<byte> groups)
    {
        byte[] buffer = new byte[256];
        var writer = new NetlinkMessageWriter(
            buffer, (ushort)NetlinkMessageType.Controller, NetlinkMessageFlags.None, 1, (byte)ControllerCommand.NewFamily, 2);
        writer.Add((ushort)ControllerAttribute.FamilyName, TcmuNetlink.FamilyName);
        writer.Add((ushort)ControllerAttribute.FamilyId, id);
        writer.Add((ushort)ControllerAttribute.Version, (uint)version);
        byte[] message = [.. writer.Finish(), .. groups];
        MemoryMarshal.Write(message, (uint)message.Length);
        return message;
    }

    internal static byte[] WriteEvent(
        ushort family, TcmuCommand command, byte version, int minor, string name, uint deviceId, Change? change = null)
    {
        byte[] buffer = new byte[8192];
        var writer = new NetlinkMessageWriter(buffer, family, NetlinkMessageFlags.None, 0, (byte)command, version);
        writer.Add((ushort)TcmuAttribute.Device, name);
        writer.Add((ushort)TcmuAttribute.Minor, (uint)minor);
        if (version > 1)
        {
            writer.Add((ushort)TcmuAttribute.DeviceId, deviceId);
        }

        change?.Write(ref writer);
        return writer.Finish().ToArray();
    }

    internal static byte[] WriteAcknowledgement(uint sequenceNumber, int status)
    {
        byte[] message = new byte[36];
        MemoryMarshal.Write(message, (uint)message.Length);
        MemoryMarshal.Write(message.AsSpan(4), (ushort)NetlinkMessageType.Error);
        MemoryMarshal.Write(message.AsSpan(8), sequenceNumber);
        MemoryMarshal.Write(message.AsSpan(16), status);
        return message;
    }

    /// <summary>What a RECONFIG event asks for.</summary>
    internal sealed record Change(string? Configuration = null, ulong? SizeBytes = null, byte? WriteCache = null, bool Unknown = false)
    {
        internal void Write(ref NetlinkMessageWriter writer)
        {
            if (Configuration is not null)
            {
                writer.Add((ushort)TcmuAttribute.DeviceConfiguration, Configuration);
            }

            if (SizeBytes is { } size)
            {
                writer.Add((ushort)TcmuAttribute.DeviceSize, size);
            }

            if (WriteCache is { } on)
            {
                writer.Add((ushort)TcmuAttribute.WriteCache, on);
            }

            if (Unknown)
            {
                writer.Add(42, 1u);
            }
        }
    }
}
