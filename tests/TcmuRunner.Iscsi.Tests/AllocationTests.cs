// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Iscsi.Sessions;

namespace TcmuRunner.Iscsi.Tests;

/// <summary>In steady state a command costs no allocation: neither its PDUs, nor its data, nor its way through the engine.</summary>
public sealed class AllocationTests
{
    private const int Commands = 100_000;
    private const int Depth = 32;
    private const int WarmUp = 4_000;
    private const int MaximumRounds = 3;

    /// <summary>What the two looks at the counter may cost by themselves.</summary>
    private const long Slack = 4096;

    [Theory]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("HeaderDigest=CRC32C|DataDigest=CRC32C|", false)]
    public async Task A_hundred_thousand_commands_allocate_nothing(string keys, bool forceEpoll)
    {
        var options = new IscsiFrontOptions { LoopCount = 1, StopLimit = TimeSpan.FromSeconds(5) };
        await using TestFront front = await TestFront.StartAsync(options: options, forceEpoll: forceEpoll);
        using TestInitiator initiator = front.LogIn(keys);
        var traffic = new Traffic(initiator, keys.Length != 0);
        Hub hub = front.Front.Services.Hubs[0];
        traffic.Run(WarmUp);

        // The pools grow up to what is under way at a time, which a slow moment may bring late. It can do so only once.
        long allocated = long.MaxValue;
        int rounds = 0;
        while (allocated > Slack && rounds < MaximumRounds)
        {
            long before = await CountAsync(hub);
            traffic.Run(Commands);
            allocated = await CountAsync(hub) - before;
            rounds++;
        }

        Assert.InRange(allocated, 0, Slack);
        Assert.Equal((rounds * Commands) + WarmUp, traffic.Good);
    }

    private static async Task<long> CountAsync(Hub hub)
    {
        long bytes = 0;
        await hub.Loop.InvokeAsync(() => bytes = GC.GetAllocatedBytesForCurrentThread());
        return bytes;
    }

    /// <summary>Reads and writes of 4 KiB, several at a time, as plain as an initiator can be.</summary>
    private sealed class Traffic(TestInitiator initiator, bool hasDigests)
    {
        private const int DataLength = 4096;

        private readonly byte[] _data = new byte[DataLength];

        internal int Good { get; private set; }

        internal void Run(int count)
        {
            int sent = 0;
            for (int received = 0; received < count; received++)
            {
                for (; sent < count && sent - received < Depth; sent++)
                {
                    bool isWrite = sent % 2 == 1;
                    initiator.SendCommand(
                        isWrite ? "2A 00 00 00 00 10 00 00 08 00" : "28 00 00 00 00 10 00 00 08 00",
                        isWrite ? (byte)0x20 : (byte)0x40,
                        DataLength,
                        isWrite ? _data : []);
                }

                TestPdu answer = initiator.Receive();
                Good += answer.Bytes[3] == 0 && (answer.Data.Length is 0 or DataLength) && initiator.HeaderDigest == hasDigests ? 1 : 0;
            }
        }
    }
}
