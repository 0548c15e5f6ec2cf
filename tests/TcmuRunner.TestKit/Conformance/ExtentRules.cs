// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.TestKit.Conformance;

/// <summary>Which ranges hold data.</summary>
internal static class ExtentRules
{
    public static IEnumerable<ConformanceRule> All =>
    [
        new("Extents cover the device in whole blocks", CheckCover),
        new("What is written is mapped, and what is not mapped reads as zeros", CheckTrue),
        new("An extent is cut where the caller's interest ends", CheckCut),
    ];

    private static async Task CheckCover(ConformanceSession session)
    {
        IExtentsDevice device = await session.OpenCapableAsync<IExtentsDevice>(DeviceCapabilities.Extents);

        _ = await WalkAsync(session, device);
    }

    private static async Task CheckTrue(ConformanceSession session)
    {
        IExtentsDevice device = await session.OpenCapableAsync<IExtentsDevice>(DeviceCapabilities.Extents);
        Require.Applies(!session.Device.Characteristics.IsReadOnly && session.Device is IBlockDevice, "The device cannot be written.");
        if (session.Device is IUnmapDevice unmap && session.Device.Characteristics.Capabilities.HasFlag(DeviceCapabilities.Unmap))
        {
            Require.Good(await session.RunAsync(() => unmap.UnmapAsync(0, session.Subject.SizeBytes, CancellationToken.None)), "Unmapping the whole device");
        }

        bool[] isWritten = new bool[session.Subject.SizeBytes];
        for (int step = 0; step < 20; step++)
        {
            (int offset, int length) = session.Range(maximumBlocks: 20);
            await session.WriteAsync(offset, session.Noise(length));
            isWritten.AsSpan(offset, length).Fill(true);
        }

        byte[] content = await session.ReadAllAsync();
        foreach ((int offset, Extent extent) in await WalkAsync(session, device))
        {
            if (extent.State == ExtentState.Deallocated)
            {
                Require.That(!isWritten.AsSpan(offset, (int)extent.LengthBytes).Contains(true), $"What was written at {offset} is told to be deallocated.");
                Require.That(!content.AsSpan(offset, (int)extent.LengthBytes).ContainsAnyExcept((byte)0), $"The deallocated extent at {offset} does not read as zeros.");
            }
        }
    }

    private static async Task CheckCut(ConformanceSession session)
    {
        IExtentsDevice device = await session.OpenCapableAsync<IExtentsDevice>(DeviceCapabilities.Extents);
        int block = session.BlockSizeBytes;
        foreach (long offset in new[] { 0, block, session.Subject.SizeBytes - block })
        {
            Extent extent = await session.RunAsync(() => device.GetExtentAsync(offset, block, CancellationToken.None));
            Require.Good(extent.Status, $"Asking for the extent at {offset}");
            Require.That(extent.LengthBytes == block, $"Asked about one block at {offset}, the device told of {extent.LengthBytes} bytes.");
        }
    }

    private static async Task<List<(int Offset, Extent Extent)>> WalkAsync(ConformanceSession session, IExtentsDevice device)
    {
        var extents = new List<(int Offset, Extent Extent)>();
        long rest = session.Subject.SizeBytes;
        while (rest > 0)
        {
            long offset = session.Subject.SizeBytes - rest;
            Extent extent = await session.RunAsync(() => device.GetExtentAsync(offset, rest, CancellationToken.None));
            Require.Good(extent.Status, $"Asking for the extent at {offset}");
            Require.That(
                extent.LengthBytes > 0 && extent.LengthBytes <= rest && extent.LengthBytes % session.BlockSizeBytes == 0,
                $"The extent at {offset} has {extent.LengthBytes} bytes, which is not a number of whole blocks up to {rest}.");
            extents.Add(((int)offset, extent));
            rest -= extent.LengthBytes;
        }

        return extents;
    }
}
