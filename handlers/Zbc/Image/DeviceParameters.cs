// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>What hosts set by MODE SELECT and find again.</summary>
/// <param name="ActivationCount">NUMBER OF ZONES to activate where the command names none (FSNOZ).</param>
/// <param name="MaximumActivation">MAXIMUM ACTIVATION; 0 for no limit.</param>
/// <param name="IsReadRestricted">Whether reads beyond a write pointer fail (URSWRZ 0).</param>
internal readonly record struct DeviceParameters(int ActivationCount, int MaximumActivation, bool IsReadRestricted)
{
    public void Write(Span<byte> bytes)
    {
        var writer = new FieldWriter(bytes);
        writer.Int32(ActivationCount);
        writer.Int32(MaximumActivation);
        writer.Int32(IsReadRestricted ? 1 : 0);
        writer.Int32(0);
    }

    public static DeviceParameters Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new FieldReader(bytes);
        return new DeviceParameters(Math.Max(0, reader.Int32()), Math.Max(0, reader.Int32()), reader.Int32() != 0);
    }
}
