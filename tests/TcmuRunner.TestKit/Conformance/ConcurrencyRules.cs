// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.TestKit.Conformance;

/// <summary>Operations that overlap, are cancelled, come from several threads, and how many bytes they allocate.</summary>
internal static class ConcurrencyRules
{
    private const int Depth = 128;

    public static IEnumerable<ConformanceRule> All =>
    [
        new("Overlapping operations on different blocks all complete", session => CheckOverlapping(session, WithLoop)),
        new("Operations from several threads all complete", session => CheckOverlapping(session, FromAnyThread)),
        new("Writes of one block at a time leave only bytes of one of them", CheckSameBlock),
        new("Operations whose token is cancelled complete, and the device goes on", CheckCancelled),
        new("Reads and writes allocate nothing", CheckAllocations),
    ];

    private delegate Task<IoStatus> Starter(ConformanceSession session, Func<ValueTask<IoStatus>> operation);

    private static Task<IoStatus> WithLoop(ConformanceSession session, Func<ValueTask<IoStatus>> operation) => session.RunAsync(operation);

    private static Task<IoStatus> FromAnyThread(ConformanceSession session, Func<ValueTask<IoStatus>> operation)
    {
        Require.Applies(session.Device.Characteristics.Threading == DeviceThreading.Concurrent, "The device takes one operation at a time.");
        return Task.Run(async () => await operation()).WaitAsync(session.Subject.Limit);
    }

    private static async Task CheckOverlapping(ConformanceSession session, Starter start)
    {
        await session.OpenWritableAsync();
        int share = (int)(session.Subject.SizeBytes / Depth / session.BlockSizeBytes) * session.BlockSizeBytes;
        using var written = new ScatteredMemory(session.Noise(share * Depth), [.. Enumerable.Repeat(share, Depth)]);
        using var read = new ScatteredMemory([.. Enumerable.Repeat(share, Depth)]);

        await Task.WhenAll(Enumerable.Range(0, Depth).Select(async index =>
        {
            long offset = (long)index * share;
            ScatterList source = written.List.Slice(offset, share);
            ScatterList destination = read.List.Slice(offset, share);
            Require.Good(await start(session, () => session.Block.WriteAsync(offset, source, WriteOptions.None, CancellationToken.None)), "A write");
            Require.Good(await start(session, () => session.Block.ReadAsync(offset, destination, CancellationToken.None)), "A read");
        }));

        Require.Equal(written.ToArray(), read.ToArray(), "What overlapping operations wrote and read");
        Require.That(written.IsGuardIntact && read.IsGuardIntact, "An operation wrote beside its scatter list.");
    }

    private static async Task CheckSameBlock(ConformanceSession session)
    {
        const int Writers = 32;
        await session.OpenWritableAsync();
        int block = session.BlockSizeBytes;
        using var memory = new ScatteredMemory([.. Enumerable.Repeat(block, Writers)]);
        for (int writer = 0; writer < Writers; writer++)
        {
            memory.List.Slice((long)writer * block, block).CopyFrom([.. Enumerable.Repeat((byte)(writer + 1), block)]);
        }

        IoStatus[] results = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer =>
        {
            ScatterList source = memory.List.Slice((long)writer * block, block);
            return session.RunAsync(() => session.Block.WriteAsync(block, source, WriteOptions.None, CancellationToken.None));
        }));

        Require.That(results.All(result => result.IsGood), "One of the writes failed.");
        byte[] content = await session.ReadAsync(block, block);
        Require.That(content.All(value => value is >= 1 and <= Writers), "The block holds bytes that nobody wrote.");
    }

    private static async Task CheckCancelled(ConformanceSession session)
    {
        await session.OpenWritableAsync();
        int block = session.BlockSizeBytes;
        using var memory = new ScatteredMemory(block);
        foreach (bool early in new[] { true, false })
        {
            using var cancellation = new CancellationTokenSource();
            if (early)
            {
                await cancellation.CancelAsync();
            }

            Task<IoStatus> read = session.RunAsync(() => session.Block.ReadAsync(0, memory.List, cancellation.Token));
            Task<IoStatus> write = session.RunAsync(() => session.Block.WriteAsync(block, memory.List, WriteOptions.None, cancellation.Token));
            await cancellation.CancelAsync();

            foreach (IoStatus status in await Task.WhenAll(read, write))
            {
                Require.That(status.Outcome is IoOutcome.Good or IoOutcome.Aborted, $"A cancelled operation ended with {status.Outcome}.");
            }
        }

        byte[] data = session.Noise(block);
        await session.WriteAsync(0, data);
        await session.ExpectAsync(0, data, "After the cancelled operations");
    }

    // Pools may still grow in the first rounds, when a worker thread starts late for instance; what allocates per operation never stops.
    private static async Task CheckAllocations(ConformanceSession session)
    {
        const int Rounds = 5;
        const int OperationsPerRound = 2000;
        await session.OpenWritableAsync();
        using var probe = new AllocationProbe(session.Block, session.Subject.SizeBytes, session.BlockSizeBytes);
        long? bytes = null;
        for (int round = 0; round < Rounds && bytes != 0; round++)
        {
            bytes = await probe.RunAsync(session.Subject.Loop, OperationsPerRound).WaitAsync(session.Subject.Limit);
            await Task.Yield();
            Require.Applies(bytes is not null, "Operations complete on threads of the backing store's own, where others allocate too.");
        }

        Require.That(bytes == 0, $"{OperationsPerRound} reads and writes allocated {bytes} bytes on the calling thread, after {Rounds - 1} rounds to warm up.");
    }
}
