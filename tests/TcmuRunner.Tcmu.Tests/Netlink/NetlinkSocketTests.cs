// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Tcmu.Netlink;

namespace TcmuRunner.Tcmu.Tests.Netlink;

/// <summary>The real socket, against the kernel of the machine that runs the tests.</summary>
public sealed class NetlinkSocketTests
{
    [Fact]
    public void The_kernel_answers_for_its_own_controller_family()
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        byte[] buffer = new byte[32768];

        socket.Send(GenericNetlinkFamily.WriteRequest(new byte[64], "nlctrl", 1));
        GenericNetlinkFamily family = ReceiveFamily(socket, buffer, out int status);

        Assert.Equal(0, status);
        Assert.Equal(0x10, family.Id);
        Assert.True(family.MulticastGroups.ContainsKey("notify"));
        socket.Join(family.MulticastGroups["notify"]);
    }

    [Fact]
    public void A_family_that_is_not_there_is_a_missing_module()
    {
        Assert.SkipWhen(Directory.Exists("/sys/module/target_core_user"), "This machine has TCMU.");

        TcmuException exception = Assert.Throws<TcmuException>(
            () => TcmuNetlink.Connect(NetlinkSocket.Open(), NullLogger.Instance));

        Assert.Equal(TcmuErrorKind.ModuleMissing, exception.Kind);
        Assert.Contains("modprobe target_core_user", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wait_ends_at_its_limit()
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        long started = Stopwatch.GetTimestamp();

        NetlinkReceipt receipt = socket.Receive(new byte[64], TimeSpan.FromMilliseconds(20), out _);

        Assert.Equal(NetlinkReceipt.TimedOut, receipt);
        Assert.True(Stopwatch.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(20));
    }

    [Fact]
    public async Task A_wait_ends_when_it_is_woken()
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        Task<NetlinkReceipt> waiting = Task.Factory.StartNew(
            () => socket.Receive(new byte[64], Timeout.InfiniteTimeSpan, out _), TaskCreationOptions.LongRunning);

        socket.Wake();

        Assert.Equal(NetlinkReceipt.Woken, await waiting.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void A_buffer_that_is_too_small_counts_as_lost_events()
    {
        using NetlinkSocket socket = NetlinkSocket.Open();

        socket.Send(GenericNetlinkFamily.WriteRequest(new byte[64], "nlctrl", 1));

        Assert.Equal(NetlinkReceipt.Overrun, socket.Receive(new byte[20], TimeSpan.FromSeconds(5), out _));
    }

    private static GenericNetlinkFamily ReceiveFamily(NetlinkSocket socket, byte[] buffer, out int status)
    {
        GenericNetlinkFamily? family = null;
        while (true)
        {
            Assert.Equal(NetlinkReceipt.Datagram, socket.Receive(buffer, TimeSpan.FromSeconds(5), out int length));
            ReadOnlySpan<byte> datagram = buffer.AsSpan(0, length);
            while (NetlinkMessage.TryRead(ref datagram, out NetlinkMessage message))
            {
                if (message.TryGetError(out status))
                {
                    Assert.NotNull(family);
                    return family;
                }

                Assert.True(GenericNetlinkFamily.TryParse(message, out family));
            }
        }
    }
}
