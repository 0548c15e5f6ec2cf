// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.TestKit.Conformance;

/// <summary>Changes of an open device.</summary>
internal static class ControlRules
{
    public static IEnumerable<ConformanceRule> All =>
    [
        new("A device that grows keeps its data and can be used to its new end", CheckGrow),
        new("A device that shrinks keeps the data before its new end, or refuses", CheckShrink),
        new("Growing does not disturb reads and writes", CheckGrowUnderLoad),
        new("A refused configuration is a sentence, and the device goes on", CheckReconfigure),
    ];

    private static async Task CheckGrow(ConformanceSession session)
    {
        IResizeDevice device = await OpenResizableAsync(session);
        byte[] model = await session.FillAsync();
        long newSize = session.Subject.SizeBytes * 2;

        await device.ResizeAsync(newSize, CancellationToken.None);

        byte[] data = session.Noise(session.BlockSizeBytes);
        await session.WriteAsync(newSize - data.Length, data);
        await session.ExpectAsync(newSize - data.Length, data, "The last block after growing");
        await session.ExpectAllAsync(model, "The old blocks after growing");
    }

    private static async Task CheckShrink(ConformanceSession session)
    {
        IResizeDevice device = await OpenResizableAsync(session);
        byte[] model = await session.FillAsync();
        int newSize = model.Length / 2 / session.BlockSizeBytes * session.BlockSizeBytes;

        try
        {
            await device.ResizeAsync(newSize, CancellationToken.None);
        }
        catch (HandlerException refusal)
        {
            Require.Sentence(refusal.Message, "Shrinking");
            newSize = model.Length;
        }

        int length = Math.Min(newSize, 1 << 20);
        await session.ExpectAsync(newSize - length, model.AsMemory(newSize - length, length), "The last blocks after shrinking");
    }

    private static async Task CheckGrowUnderLoad(ConformanceSession session)
    {
        IResizeDevice device = await OpenResizableAsync(session);
        byte[] model = await session.FillAsync();
        Task load = Task.WhenAll(Enumerable.Range(0, 64).Select(async index =>
        {
            int length = session.BlockSizeBytes * 8;
            int offset = index * length;
            for (int round = 0; round < 8; round++)
            {
                await session.ExpectAsync(offset, model.AsMemory(offset, length), $"While growing, {length} bytes at {offset}");
                byte[] data = session.Noise(length);
                await session.WriteAsync(offset, data);
                data.CopyTo(model, offset);
            }
        }));

        for (int step = 1; step <= 4; step++)
        {
            await device.ResizeAsync(session.Subject.SizeBytes + (step * 4096), CancellationToken.None);
        }

        await load;
        await session.ExpectAllAsync(model, "After growing under load");
    }

    private static async Task CheckReconfigure(ConformanceSession session)
    {
        IReconfigureDevice device = await session.OpenCapableAsync<IReconfigureDevice>(DeviceCapabilities.Reconfigure);
        Require.Applies(session.Subject.OtherConfiguration is not null, "The subject has only one configuration.");
        ConfigurationString other = ConformanceSession.Parse(session.Subject.OtherConfiguration);

        try
        {
            await device.ReconfigureAsync(other, CancellationToken.None);
        }
        catch (HandlerException refusal)
        {
            Require.Sentence(refusal.Message, "A change of the configuration");
        }

        byte[] data = session.Noise(4096);
        await session.WriteAsync(0, data);
        await session.ExpectAsync(0, data, "After the change of the configuration");
    }

    private static async Task<IResizeDevice> OpenResizableAsync(ConformanceSession session)
    {
        IResizeDevice device = await session.OpenCapableAsync<IResizeDevice>(DeviceCapabilities.Resize);
        Require.Applies(!session.Device.Characteristics.IsReadOnly && session.Device is IBlockDevice, "The device cannot be written.");
        return device;
    }
}
