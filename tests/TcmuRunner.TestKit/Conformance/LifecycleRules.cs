// SPDX-License-Identifier: Apache-2.0
using System.Numerics;
using TcmuRunner.Abstractions;

namespace TcmuRunner.TestKit.Conformance;

/// <summary>Opening, what an open device says of itself, closing.</summary>
internal static class LifecycleRules
{
    private static readonly (DeviceCapabilities Flag, Type Interface)[] s_promises =
    [
        (DeviceCapabilities.Flush, typeof(IFlushDevice)),
        (DeviceCapabilities.ForceUnitAccess, typeof(IBlockDevice)),
        (DeviceCapabilities.Unmap, typeof(IUnmapDevice)),
        (DeviceCapabilities.WriteSame, typeof(IWriteSameDevice)),
        (DeviceCapabilities.CompareAndWrite, typeof(ICompareAndWriteDevice)),
        (DeviceCapabilities.Extents, typeof(IExtentsDevice)),
        (DeviceCapabilities.Resize, typeof(IResizeDevice)),
        (DeviceCapabilities.Reconfigure, typeof(IReconfigureDevice)),
        (DeviceCapabilities.RawCommands, typeof(IRawCommandDevice)),
    ];

    public static IEnumerable<ConformanceRule> All =>
    [
        new("Sizes and block sizes of an open device fit together", CheckSizes),
        new("Every promised capability has its interface", CheckPromises),
        new("What cannot be opened is refused with a sentence", CheckRefusal),
        new("A cancelled open leaves a device that works or none", CheckCancelledOpen),
        new("Data survive closing and opening again", CheckReopen),
        new("Closing twice is harmless", CheckClosedTwice),
        new("Two devices share no data", CheckTwoDevices),
    ];

    private static async Task CheckSizes(ConformanceSession session)
    {
        await session.OpenAsync();
        DeviceCharacteristics device = session.Device.Characteristics;
        int block = session.BlockSizeBytes;

        Require.That(device.SizeBytes == session.Subject.SizeBytes, $"The size is {device.SizeBytes} and not the one asked for, {session.Subject.SizeBytes}.");
        Require.That(
            device.PhysicalBlockSizeBytes == 0 || (device.PhysicalBlockSizeBytes % block == 0 && BitOperations.IsPow2(device.PhysicalBlockSizeBytes / block)),
            $"The physical block size {device.PhysicalBlockSizeBytes} is no power-of-two multiple of {block}.");
        Require.That(
            device.UnmapGranularityBytes >= 0 && device.UnmapGranularityBytes % block == 0,
            $"The unmap granularity {device.UnmapGranularityBytes} is no multiple of {block}.");
        Require.That(device.OptimalTransferBytes >= 0, $"The optimal transfer length is {device.OptimalTransferBytes}.");
    }

    private static async Task CheckPromises(ConformanceSession session)
    {
        await session.OpenAsync();
        DeviceCharacteristics device = session.Device.Characteristics;

        Require.That(session.Device is IBlockDevice or IRawCommandDevice, "The device is neither an IBlockDevice nor an IRawCommandDevice.");
        foreach ((DeviceCapabilities flag, Type type) in s_promises)
        {
            Require.That(!device.Capabilities.HasFlag(flag) || type.IsInstanceOfType(session.Device), $"The device promises {flag} and is no {type.Name}.");
        }

        Require.That(
            session.Device is IBlockDevice || device.Capabilities.HasFlag(DeviceCapabilities.RawCommands),
            "The device takes only raw commands and does not promise RawCommands.");
        Require.That(
            !device.HasVolatileWriteCache || device.Capabilities.HasFlag(DeviceCapabilities.Flush),
            "The device has a volatile write cache that cannot be flushed.");
        const DeviceCapabilities Writing = DeviceCapabilities.Unmap | DeviceCapabilities.WriteSame | DeviceCapabilities.CompareAndWrite;
        Require.That(!device.IsReadOnly || (device.Capabilities & Writing) == 0, "A read-only device promises operations that write.");
    }

    private static async Task CheckRefusal(ConformanceSession session)
    {
        Require.Applies(session.Subject.UnopenableConfigurations.Count > 0, "The subject names no configuration that cannot be opened.");
        foreach (string text in session.Subject.UnopenableConfigurations)
        {
            try
            {
                await (await session.OpenDeviceAsync(text)).DisposeAsync();
            }
            catch (HandlerException refusal)
            {
                Require.Sentence(refusal.Message, text);
                continue;
            }

            Require.That(false, $"'{text}' was opened.");
        }
    }

    private static async Task CheckCancelledOpen(ConformanceSession session)
    {
        try
        {
            await (await session.OpenDeviceAsync(session.Subject.Configuration, cancellationToken: new CancellationToken(canceled: true))).DisposeAsync();
        }
        catch (OperationCanceledException)
        {
            // As good as opening it: what counts is that the device can be opened now.
            Require.That(session.Handler.CheckConfiguration(ConformanceSession.Parse(session.Subject.Configuration)).IsValid, "The configuration is refused now.");
        }

        await session.OpenAsync();
    }

    private static async Task CheckReopen(ConformanceSession session)
    {
        Require.Applies(session.Subject.KeepsData, "The data are gone when the device is closed.");
        await session.OpenWritableAsync();
        byte[] expected = await session.FillAsync();

        await session.CloseAsync();
        await session.OpenAsync(isReopen: true);

        await session.ExpectAllAsync(expected, "After closing and opening again");
    }

    private static async Task CheckClosedTwice(ConformanceSession session)
    {
        IHandlerDevice device = await session.OpenDeviceAsync(session.Subject.Configuration);

        await device.DisposeAsync();
        await device.DisposeAsync();

        await session.OpenAsync();
    }

    private static async Task CheckTwoDevices(ConformanceSession session)
    {
        string? other = session.Subject.OtherConfiguration;
        Require.Applies(other is not null, "The subject has only one backing store.");
        await session.OpenWritableAsync();
        await using IHandlerDevice second = await session.OpenDeviceAsync(other);

        byte[] expected = session.Noise(4096);
        await session.WriteAsync(0, expected);
        using var different = new ScatteredMemory(session.Noise(4096), 4096);
        IoStatus written = await session.RunAsync(() => ((IBlockDevice)second).WriteAsync(0, different.List, WriteOptions.None, CancellationToken.None));

        Require.Good(written, "Writing to the second device");
        await session.ExpectAsync(0, expected, "After a write to the second device the first");
    }
}
