// SPDX-License-Identifier: Apache-2.0
using FsCheck;
using FsCheck.Fluent;
using TcmuRunner.Tcmu.Netlink;

namespace TcmuRunner.Tcmu.Tests.Netlink;

/// <summary>Netlink is untrusted input: no datagram may throw, whatever is in it.</summary>
public sealed class NetlinkFuzzTests
{
    [Fact]
    public void Arbitrary_bytes_are_survived() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000),
            Prop.ForAll((byte[] bytes) => ParseEverything(bytes) >= 0));

    [Fact]
    public void A_truncated_event_is_survived_at_every_length()
    {
        byte[] whole = NetlinkVectors.Bytes(NetlinkVectors.Added);

        for (int length = 0; length < whole.Length; length++)
        {
            Assert.Equal(0, ParseEverything(whole.AsSpan(0, length)));
        }

        Assert.Equal(1, ParseEverything(whole));
    }

    [Fact]
    public void An_event_whose_message_ends_early_keeps_what_came_before()
    {
        byte[] whole = NetlinkVectors.Bytes(NetlinkVectors.Added);

        for (int length = NetlinkMessage.GenericHeaderLength; length < whole.Length; length++)
        {
            byte[] cut = whole[..length];
            BitConverter.TryWriteBytes(cut, length);

            Assert.Equal(1, ParseEverything(cut));
        }
    }

    [Fact]
    public void A_damaged_event_is_survived() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(5000),
            Prop.ForAll((byte[] edits) => ParseEverything(Damage(NetlinkVectors.Bytes(NetlinkVectors.Added), edits)) >= 0));

    [Fact]
    public void A_damaged_family_is_survived() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(5000),
            Prop.ForAll((byte[] edits) => ParseEverything(
                Damage(FakeTcmuKernel.WriteFamily(0x1c, 2, NetlinkVectors.Bytes(NetlinkVectors.MulticastGroups)), edits)) >= 0));

    private static byte[] Damage(byte[] message, byte[] edits)
    {
        for (int i = 0; i + 1 < edits.Length; i += 2)
        {
            message[edits[i] % message.Length] = edits[i + 1];
        }

        return message;
    }

    private static int ParseEverything(ReadOnlySpan<byte> datagram)
    {
        int count = 0;
        while (NetlinkMessage.TryRead(ref datagram, out NetlinkMessage message))
        {
            bool known = TcmuEvent.TryParse(message, 0x1c, out _)
                | GenericNetlinkFamily.TryParse(message, out _)
                | message.TryGetError(out _);
            count += known ? 1 : 0;
        }

        return count;
    }
}
