// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>Disks with zones (ZBC-2): the device knows the rules, the engine passes on what is about them.</content>
public sealed partial class LogicalUnit : IUnitAttentions
{
    private const byte VariableLengthCdb = 0x7F;

    /// <summary>The disk's zones, to look at and to make faulty; null for a disk without.</summary>
    public IZonedDevice? Zones => _device.Zoned;

    /// <summary>Whether the disk has zones.</summary>
    internal bool HasZones => _device.Zoned is not null;

    private int PeripheralDeviceType => _device.Characteristics.Zones is { IsHostManaged: true } ? 0x14 : 0x00;

    /// <inheritdoc/>
    public void Raise(int additionalSenseCode, IRawCommand? causedBy) =>
        RaiseUnitAttention((AdditionalSenseCode)(ushort)additionalSenseCode, (causedBy as ScsiTask)?.Nexus);

    /// <summary>A command of the table that only the device executes: it has declined.</summary>
    internal static ValueTask<IoStatus> ZoneCommand(ScsiTask task) => InvalidFieldInCdb(task);

    private static bool IsAboutZones(ReadOnlySpan<byte> cdb) => cdb[0] is 0x94 or 0x95 or VariableLengthCdb or 0x04 or 0x48 or 0x4D or 0x1A or 0x5A or 0x15 or 0x55 or 0x1C;

    private ValueTask<IoStatus> RunZoned(IZonedDevice zoned, ScsiTask task, CommandDescriptor? command)
    {
        if (task.Cdb.Length < CdbLength(task.Cdb[0]))
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.InvalidCommandOperationCode);
        }

        return RunUnlessDeclinedAsync(zoned.ExecuteZoneCommandAsync(task, task.Cancellation), task, command);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> RunUnlessDeclinedAsync(ValueTask<IoStatus> operation, ScsiTask task, CommandDescriptor? command)
    {
        IoStatus status = await operation.ConfigureAwait(false);
        return status.Outcome == IoOutcome.NotSupported ? await RunCommand(task, command).ConfigureAwait(false) : status;
    }

    // The group of an operation code gives the length (SPC-5 4.2.5); a variable-length CDB is at least 32 bytes here.
    private static int CdbLength(byte operationCode) => (operationCode >> 5, operationCode) switch
    {
        (_, VariableLengthCdb) => 32,
        (0, _) => 6,
        (1 or 2, _) => 10,
        _ => 16,
    };

    // Asked anew: hosts can change by MODE SELECT what it says.
    private void WriteZonedBlockDeviceCharacteristics(ref ReplyWriter writer) =>
        writer.Bytes((_device.Device.Characteristics.Zones ?? _device.Characteristics.Zones!).CharacteristicsPage.AsSpan());

    // The capacity, and whether it counts every zone (RC BASIS 1) or the first domain's only (RC BASIS 0): ZBC-2 READ CAPACITY (16).
    private long ReportedBlockCount =>
        _device.Characteristics.Zones?.ReportedSizeBytes is { } bytes ? bytes >> _device.BlockShift : BlockCount;

    private byte ReadCapacityBasis => _device.Characteristics.Zones is { ReportedSizeBytes: null } ? (byte)0x10 : (byte)0x00;
}
