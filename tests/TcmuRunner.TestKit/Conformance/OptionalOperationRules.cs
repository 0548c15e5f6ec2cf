// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.TestKit.Conformance;

/// <summary>Flush, FUA, unmap, write same, compare and write.</summary>
internal static class OptionalOperationRules
{
    public static IEnumerable<ConformanceRule> All =>
    [
        new("Flushing succeeds, with and without writes before it", CheckFlush),
        new("A write with forced unit access is read back", CheckForceUnitAccess),
        new("Unmapped blocks read as zeros where that is promised, and their neighbours stay", CheckUnmap),
        new("Write same with zeros leaves zeros or changes nothing", session => CheckWriteSame(session, 0)),
        new("Write same with a pattern leaves the pattern or changes nothing", session => CheckWriteSame(session, 0x5A)),
        new("Compare and write writes what compares equal", CheckCompareEqual),
        new("Compare and write tells the first difference and writes nothing", CheckCompareDifferent),
    ];

    private static async Task CheckFlush(ConformanceSession session)
    {
        IFlushDevice device = await session.OpenCapableAsync<IFlushDevice>(DeviceCapabilities.Flush);
        Require.Good(await session.RunAsync(() => device.FlushAsync(CancellationToken.None)), "A flush with nothing written");

        byte[] data = session.Noise(4096);
        await session.WriteAsync(0, data);
        IoStatus[] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => session.RunAsync(() => device.FlushAsync(CancellationToken.None))));

        Require.That(results.All(result => result.IsGood), "One of several flushes at a time failed.");
        await session.ExpectAsync(0, data, "After the flush");
    }

    private static async Task CheckForceUnitAccess(ConformanceSession session)
    {
        await session.OpenCapableAsync<IBlockDevice>(DeviceCapabilities.ForceUnitAccess);
        byte[] data = session.Noise(8192);

        await session.WriteAsync(4096, data, WriteOptions.ForceUnitAccess, 4096, 1000, 3096);

        await session.ExpectAsync(4096, data, "After a write with forced unit access");
    }

    private static async Task CheckUnmap(ConformanceSession session)
    {
        IUnmapDevice device = await session.OpenCapableAsync<IUnmapDevice>(DeviceCapabilities.Unmap);
        byte[] model = await session.FillAsync();
        bool[] isUnmapped = new bool[model.Length];

        IEnumerable<(int Offset, int Length)> ranges = Enumerable.Range(0, 100).Select(_ => session.Range(maximumBlocks: 100));
        foreach ((int offset, int length) in ranges.Append((0, session.BlockSizeBytes)).Append((model.Length - session.BlockSizeBytes, session.BlockSizeBytes)))
        {
            Require.Good(await session.RunAsync(() => device.UnmapAsync(offset, length, CancellationToken.None)), $"Unmapping {length} bytes at {offset}");
            model.AsSpan(offset, length).Clear();
            isUnmapped.AsSpan(offset, length).Fill(true);
        }

        byte[] actual = await session.ReadAllAsync();
        if (!session.Device.Characteristics.UnmappedReadsZero)
        {
            for (int index = 0; index < model.Length; index++)
            {
                model[index] = isUnmapped[index] ? actual[index] : model[index];
            }
        }

        Require.Equal(model, actual, "After unmapping");
        Require.Good(await session.RunAsync(() => device.UnmapAsync(0, model.Length, CancellationToken.None)), "Unmapping the whole device");
        await CheckWritableAgain(session);
    }

    private static async Task CheckWritableAgain(ConformanceSession session)
    {
        byte[] data = session.Noise(session.BlockSizeBytes * 3);

        await session.WriteAsync(session.BlockSizeBytes, data);

        await session.ExpectAsync(session.BlockSizeBytes, data, "Written after unmapping");
    }

    private static async Task CheckWriteSame(ConformanceSession session, byte fill)
    {
        IWriteSameDevice device = await session.OpenCapableAsync<IWriteSameDevice>(DeviceCapabilities.WriteSame);
        byte[] model = await session.FillAsync();
        byte[] pattern = [.. Enumerable.Repeat(fill, session.BlockSizeBytes)];
        for (int step = 0; step < 30; step++)
        {
            (int offset, int length) = session.Range(maximumBlocks: 200);
            using var block = new ScatteredMemory(pattern, ScatteredMemory.Cut(pattern.Length, session.Random));
            IoStatus status = await session.RunAsync(() => device.WriteSameAsync(offset, length, block.List, CancellationToken.None));
            Require.That(status.Outcome is IoOutcome.Good or IoOutcome.NotSupported, $"Write same ended with {status.Outcome}.");
            if (status.IsGood)
            {
                model.AsSpan(offset, length).Fill(fill);
            }
        }

        await session.ExpectAllAsync(model, "After write same");
    }

    private static async Task CheckCompareEqual(ConformanceSession session)
    {
        ICompareAndWriteDevice device = await session.OpenCapableAsync<ICompareAndWriteDevice>(DeviceCapabilities.CompareAndWrite);
        byte[] old = session.Noise(session.BlockSizeBytes);
        byte[] data = session.Noise(session.BlockSizeBytes);
        await session.WriteAsync(session.BlockSizeBytes, old);
        using var expected = new ScatteredMemory(old, old.Length);
        using var replacement = new ScatteredMemory(data, data.Length);

        IoStatus status = await session.RunAsync(
            () => device.CompareAndWriteAsync(session.BlockSizeBytes, expected.List, replacement.List, CancellationToken.None));

        Require.Good(status, "Compare and write of what is there");
        await session.ExpectAsync(session.BlockSizeBytes, data, "After compare and write");
    }

    private static async Task CheckCompareDifferent(ConformanceSession session)
    {
        ICompareAndWriteDevice device = await session.OpenCapableAsync<ICompareAndWriteDevice>(DeviceCapabilities.CompareAndWrite);
        byte[] old = session.Noise(session.BlockSizeBytes);
        await session.WriteAsync(session.BlockSizeBytes, old);
        int difference = session.BlockSizeBytes - 3;
        using var expected = new ScatteredMemory(old, old.Length);
        expected.List.Slice(difference, 1).CopyFrom([(byte)~old[difference]]);
        using var replacement = new ScatteredMemory(old.Length);

        IoStatus status = await session.RunAsync(
            () => device.CompareAndWriteAsync(session.BlockSizeBytes, expected.List, replacement.List, CancellationToken.None));

        Require.That(status == IoStatus.Miscompare(difference), $"The first difference is at {difference}; told was {status}.");
        await session.ExpectAsync(session.BlockSizeBytes, old, "After a miscompare");
    }
}
