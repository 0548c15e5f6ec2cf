// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Tcmu.Netlink;

namespace TcmuRunner.Tcmu.Tests.Netlink;

public sealed class NetlinkCodecTests
{
    [Fact]
    public void The_family_request_has_the_bytes_of_the_sheet() =>
        Assert.Equal(
            NetlinkVectors.Bytes(NetlinkVectors.GetFamily),
            GenericNetlinkFamily.WriteRequest(new byte[64], "TCM-USER", sequenceNumber: 1).ToArray());

    [Fact]
    public void Set_features_has_the_bytes_of_the_sheet() =>
        Assert.Equal(
            NetlinkVectors.Bytes(NetlinkVectors.SetFeatures),
            TcmuNetlink.WriteSetFeatures(new byte[64], NetlinkVectors.Family, sequenceNumber: 2).ToArray());

    [Theory]
    [InlineData(NetlinkVectors.AddedDone, 3u, 0)]
    [InlineData(NetlinkVectors.AddedDoneNotFound, 4u, -2)]
    public void A_reply_has_the_bytes_of_the_sheet(string expected, uint number, int status) =>
        Assert.Equal(
            NetlinkVectors.Bytes(expected),
            TcmuNetlink.WriteDone(new byte[64], NetlinkVectors.Family, number, TcmuCommand.AddedDeviceDone, 5, status).ToArray());

    [Theory]
    [InlineData(TcmuCommand.AddedDevice, TcmuCommand.AddedDeviceDone)]
    [InlineData(TcmuCommand.RemovedDevice, TcmuCommand.RemovedDeviceDone)]
    [InlineData(TcmuCommand.ReconfigDevice, TcmuCommand.ReconfigDeviceDone)]
    internal void Each_event_has_its_own_reply(TcmuCommand command, TcmuCommand expected) =>
        Assert.Equal(expected, TcmuNetlink.DoneCommand(command));

    [Fact]
    public void The_added_event_of_the_sheet_is_understood()
    {
        TcmuEvent parsed = Parse(NetlinkVectors.Bytes(NetlinkVectors.Added));

        Assert.Equal(
            new TcmuEvent { Command = TcmuCommand.AddedDevice, Version = 2, DeviceId = 5, Minor = 0, Name = "tcm-user/0/d1/file//a" },
            parsed);
        Assert.True(parsed.WantsReply);
    }

    [Fact]
    public void The_added_event_is_written_as_in_the_sheet()
    {
        byte[] written = FakeTcmuKernel.WriteEvent(
            NetlinkVectors.Family.Id, TcmuCommand.AddedDevice, version: 2, minor: 0, "tcm-user/0/d1/file//a", deviceId: 5);

        Assert.Equal(NetlinkVectors.Bytes(NetlinkVectors.Added), written);
    }

    [Theory]
    [InlineData(0x07)]
    [InlineData(0x8007)]
    [InlineData(0xc007)]
    public void The_multicast_group_is_found_whatever_the_flag_bits_of_the_nested_type(int type)
    {
        byte[] groups = NetlinkVectors.Bytes(NetlinkVectors.MulticastGroups);
        groups[2] = (byte)type;
        groups[3] = (byte)(type >> 8);
        byte[] reply = FakeTcmuKernel.WriteFamily(0x1c, version: 2, groups);

        Assert.True(GenericNetlinkFamily.TryParse(new NetlinkMessage(reply), out GenericNetlinkFamily? family));

        Assert.Equal(0x1c, family!.Id);
        Assert.Equal(2, family.Version);
        Assert.Equal(7u, family.MulticastGroups["config"]);
    }

    [Fact]
    public void A_size_behind_padding_and_in_any_order_is_understood()
    {
        var writer = new NetlinkMessageWriter(new byte[256], 0x1c, NetlinkMessageFlags.None, 0, (byte)TcmuCommand.ReconfigDevice, 2);
        writer.Add((ushort)TcmuAttribute.DeviceId, 9u);
        writer.Add(77, 1u);
        writer.BeginNested((ushort)TcmuAttribute.Pad);
        writer.Add((ushort)TcmuAttribute.DeviceSize, 1UL << 40);
        writer.Add((ushort)TcmuAttribute.Minor, 3u);
        writer.Add((ushort)TcmuAttribute.Device, "tcm-user/1/d/file//a");

        TcmuEvent parsed = Parse(writer.Finish());

        Assert.Equal(1UL << 40, parsed.SizeBytes);
        Assert.Equal(3, parsed.Minor);
        Assert.Equal(9u, parsed.DeviceId);
        Assert.Equal("tcm-user/1/d/file//a", parsed.Name);
    }

    [Fact]
    public void An_event_of_version_1_wants_no_reply()
    {
        byte[] bytes = NetlinkVectors.Bytes(NetlinkVectors.Added);
        bytes[17] = 1;

        Assert.False(Parse(bytes).WantsReply);
    }

    [Fact]
    public void Several_messages_of_one_datagram_are_read_one_after_another()
    {
        byte[] added = NetlinkVectors.Bytes(NetlinkVectors.Added);
        ReadOnlySpan<byte> datagram = (byte[])[.. added, .. added, .. added[..10]];
        int count = 0;

        while (NetlinkMessage.TryRead(ref datagram, out NetlinkMessage message))
        {
            Assert.True(TcmuEvent.TryParse(message, 0x1c, out _));
            count++;
        }

        Assert.Equal(2, count);
    }

    [Fact]
    public void An_acknowledgement_carries_its_status()
    {
        byte[] bytes = FakeTcmuKernel.WriteAcknowledgement(sequenceNumber: 8, status: -95);

        Assert.True(new NetlinkMessage(bytes).TryGetError(out int status));
        Assert.Equal(-95, status);
        Assert.Equal(8u, new NetlinkMessage(bytes).SequenceNumber);
    }

    private static TcmuEvent Parse(ReadOnlySpan<byte> bytes)
    {
        Assert.True(NetlinkMessage.TryRead(ref bytes, out NetlinkMessage message));
        Assert.True(TcmuEvent.TryParse(message, 0x1c, out TcmuEvent? parsed));
        return parsed;
    }
}
