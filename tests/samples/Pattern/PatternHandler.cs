// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

[assembly: Handler(typeof(Pattern.PatternHandler))]

namespace Pattern;

/// <summary>A read-only disk in which every eight bytes hold their own offset: a reader sees at once what it was given.</summary>
public sealed class PatternHandler : IHandler
{
    public HandlerDescription Description { get; } =
        new() { Subtype = "pattern", DisplayName = "Test pattern", ConfigurationHelp = "pattern/   Every eight bytes hold their own offset." };

    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) =>
        configuration.Argument.Length == 0 ? ConfigurationCheck.Valid : ConfigurationCheck.Invalid("The pattern takes no argument.");

    public ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken) =>
        new(new PatternDevice(request.SizeBytes ?? 1L << 40));

    private sealed class PatternDevice(long sizeBytes) : IBlockDevice
    {
        public DeviceCharacteristics Characteristics { get; } = new() { SizeBytes = sizeBytes, IsReadOnly = true };

        public ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken)
        {
            foreach (Span<byte> segment in data)
            {
                for (int index = 0; index < segment.Length; index++, offsetBytes++)
                {
                    segment[index] = (byte)((offsetBytes & ~7L) >> (56 - (8 * (int)(offsetBytes & 7))));
                }
            }

            return new(IoStatus.Good);
        }

        public ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken) =>
            new(IoOutcome.WriteProtected);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
