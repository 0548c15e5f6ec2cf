// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.TestKit.Conformance;

/// <summary>Reads and writes, one at a time, against a flat array.</summary>
internal static class DataRules
{
    private const int MaximumPieces = 4096;
    private const int LargeBytes = 1 << 20;

    public static IEnumerable<ConformanceRule> All =>
    [
        new("What was written is read, at any place and in any pieces", CheckAgainstModel),
        new("A read fills every byte of its list", CheckReadFills),
        new("The first and the last block are read and written", CheckEdges),
        new("A list of 4096 pieces is read and written", CheckManyPieces),
        new("A mebibyte is read and written at once", CheckLarge),
    ];

    private static async Task CheckAgainstModel(ConformanceSession session)
    {
        await session.OpenWritableAsync();
        byte[] model = await session.ReadAllAsync();
        for (int step = 0; step < 400; step++)
        {
            (int offset, int length) = session.Range(maximumBlocks: 64);
            int[] pieces = ScatteredMemory.Cut(length, session.Random);
            if (session.Random.Next(2) == 0)
            {
                byte[] data = session.Noise(length);
                data.CopyTo(model, offset);
                await session.WriteAsync(offset, data, WriteOptions.None, pieces);
            }
            else
            {
                await session.ExpectAsync(offset, model.AsMemory(offset, length), $"Step {step}, {length} bytes at {offset}", pieces);
            }
        }

        await session.ExpectAllAsync(model, "At the end the whole device");
    }

    // Two reads into different garbage agree only where both were written to.
    private static async Task CheckReadFills(ConformanceSession session)
    {
        await session.OpenAsync();
        _ = session.Block;
        byte[] first = await session.ReadAllAsync();
        byte[] second = await session.ReadAllAsync();

        Require.Equal(first, second, "Reading twice");
    }

    private static async Task CheckEdges(ConformanceSession session)
    {
        await session.OpenWritableAsync();
        int block = session.BlockSizeBytes;
        foreach (long offset in new[] { 0, session.Subject.SizeBytes - block })
        {
            byte[] data = session.Noise(block);
            await session.WriteAsync(offset, data);
            await session.ExpectAsync(offset, data, $"The block at {offset}");
        }
    }

    private static async Task CheckManyPieces(ConformanceSession session)
    {
        await session.OpenWritableAsync();
        int[] odd = [.. Enumerable.Range(0, MaximumPieces - 1).Select(index => 100 + (index % 57))];
        int tail = session.BlockSizeBytes - (odd.Sum() % session.BlockSizeBytes);
        int[] pieces = [.. odd, tail];
        byte[] data = session.Noise(pieces.Sum());

        await session.WriteAsync(session.BlockSizeBytes, data, WriteOptions.None, pieces);

        await session.ExpectAsync(session.BlockSizeBytes, data, "Written in pieces, read in one");
        await session.ExpectAsync(session.BlockSizeBytes, data, "Read in pieces", pieces);
    }

    private static async Task CheckLarge(ConformanceSession session)
    {
        await session.OpenWritableAsync();
        int[] pages = [.. Enumerable.Repeat(4096, LargeBytes / 4096)];
        byte[] data = session.Noise(LargeBytes);

        await session.WriteAsync(session.BlockSizeBytes, data, WriteOptions.None, pages);

        await session.ExpectAsync(session.BlockSizeBytes, data, "A mebibyte in pages", pages);
    }
}
