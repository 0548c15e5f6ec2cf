// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Collections.Immutable;

namespace TcmuRunner.Scsi;

/// <summary>
/// All commands. The same rows serve dispatch, the check of the CDB's length, REPORT SUPPORTED OPERATION CODES and messages: a new command is
/// a row here and a method of <see cref="LogicalUnit"/>.
/// </summary>
/// <remarks>The last byte of a CDB is CONTROL: NACA (04h) counts, because it is refused.</remarks>
internal static class CommandTable
{
    /// <summary>The service action in byte 1.</summary>
    public const int ServiceActionMask = 0x1F;

    /// <summary>The operation code of all variable-length CDBs (SPC-5 4.2.3); those that are known have 32 bytes.</summary>
    public const byte VariableLength = 0x7F;

    private const CommandFlags Blocks = CommandFlags.UsesDevice | CommandFlags.HasBlocks | CommandFlags.NeedsMedium;
    private const CommandFlags Read = Blocks | CommandFlags.OnlyReads;
    private const CommandFlags Write = Blocks | CommandFlags.Writes;
    private const CommandFlags Query = CommandFlags.OnlyReads | CommandFlags.WorksNotReady;
    private const CommandFlags Always = CommandFlags.IgnoresReservation;
    private const CommandFlags State = Always | CommandFlags.NeedsMedium;
    private const CommandFlags Sweep = CommandFlags.Writes | CommandFlags.NeedsMedium | CommandFlags.SendsCommands | CommandFlags.Repairs;
    private const CommandFlags ChecksReservation = Always | CommandFlags.IgnoresUnitReservation | CommandFlags.WorksNotReady;
    private const CommandFlags AtAnyTime = Always | CommandFlags.WorksNotReady | CommandFlags.IgnoresUnitAttention | CommandFlags.IgnoresUnitReservation;
    private const CommandFlags ForceUnitAccess = CommandFlags.HasForceUnitAccess;

    /// <summary>The rows, in order of operation code and service action.</summary>
    public static ImmutableArray<CommandDescriptor> Commands { get; } =
    [
        new("TEST UNIT READY", "00 00 00 00 00 04", State, static (_, _) => LogicalUnit.TestUnitReady()),
        new("REQUEST SENSE", "03 01 00 00 FF 04", AtAnyTime, static (unit, task) => unit.RequestSense(task)),
        new("FORMAT UNIT", "04 FF 00 00 00 04", Sweep, static (unit, task) => unit.FormatUnit(task))
        {
            IsSupported = static unit => !unit.HasZones,
        },
        new("READ(6)", "08 1F FF FF FF 04", Read, static (unit, task) => unit.Read(task)),
        new("WRITE(6)", "0A 1F FF FF FF 04", Write, static (unit, task) => unit.Write(task)),
        new("INQUIRY", "12 01 FF FF FF 04", AtAnyTime, static (unit, task) => unit.Inquiry(task)),
        new("MODE SELECT(6)", "15 11 00 00 FF 04", CommandFlags.UsesDevice, static (unit, task) => unit.ModeSelect(task)),
        new("RESERVE(6)", "16 00 00 00 00 04", ChecksReservation, static (unit, task) => unit.Reserve6(task))
        {
            IsSupported = static unit => unit.HasReservations,
        },
        new("RELEASE(6)", "17 00 00 00 00 04", ChecksReservation, static (unit, task) => unit.Release6(task))
        {
            IsSupported = static unit => unit.HasReservations,
        },
        new("MODE SENSE(6)", "1A 08 FF FF FF 04", Query, static (unit, task) => unit.ModeSense(task)),
        new("START STOP UNIT", "1B 01 00 0F F7 04", CommandFlags.SendsCommands, static (unit, task) => unit.StartStopUnit(task))
        {
            // Starting a unit changes nothing for anybody.
            IsHarmless = static cdb => (cdb[4] & 0xF3) == 0x01,
        },
        new("RECEIVE DIAGNOSTIC RESULTS", "1C 01 FF FF FF 04", Query, static (_, task) => LogicalUnit.ReceiveDiagnosticResults(task)),
        new("SEND DIAGNOSTIC", "1D FC 00 FF FF 04", CommandFlags.UsesDevice | CommandFlags.NeedsMedium, static (unit, task) => unit.SendDiagnostic(task)),
        new("PREVENT ALLOW MEDIUM REMOVAL", "1E 00 00 00 03 04", CommandFlags.None, static (unit, task) => unit.PreventAllowMediumRemoval(task))
        {
            // To allow is no harm to anybody.
            IsHarmless = static cdb => (cdb[4] & 0x03) == 0,
        },
        new("READ CAPACITY(10)", "25 01 00 00 00 00 00 00 01 04", State, static (unit, task) => unit.ReadCapacity10(task)),
        new("READ(10)", "28 18 FF FF FF FF 00 FF FF 04", Read | ForceUnitAccess, static (unit, task) => unit.Read(task)),
        new("WRITE(10)", "2A 18 FF FF FF FF 00 FF FF 04", Write | ForceUnitAccess, static (unit, task) => unit.Write(task)),
        new("WRITE AND VERIFY(10)", "2E 16 FF FF FF FF 00 FF FF 04", Write, static (unit, task) => unit.WriteAndVerify(task)),
        new("VERIFY(10)", "2F 16 FF FF FF FF 00 FF FF 04", Read, static (unit, task) => unit.Verify(task)),
        new("PRE-FETCH(10)", "34 02 FF FF FF FF 00 FF FF 04", Read, static (unit, task) => unit.PreFetch(task)),
        new("SYNCHRONIZE CACHE(10)", "35 02 FF FF FF FF 00 FF FF 04", Blocks, static (unit, task) => unit.SynchronizeCache(task)),
        new("READ DEFECT DATA(10)", "37 00 1F 00 00 00 00 FF FF 04", Query | CommandFlags.NeedsMedium, static (_, task) => LogicalUnit.ReadDefectData10(task)),
        new("WRITE SAME(10)", "41 18 FF FF FF FF 00 FF FF 04", Write, static (unit, task) => unit.WriteSame(task)),
        new("UNMAP", "42 01 00 00 00 00 00 FF FF 04", CommandFlags.UsesDevice | CommandFlags.Writes | CommandFlags.NeedsMedium, static (unit, task) => unit.Unmap(task))
        {
            IsSupported = static unit => unit.CanUnmap,
        },
        new("SANITIZE, OVERWRITE", "48 A1 00 00 00 00 00 FF FF 04", Sweep, static (unit, task) => unit.Sanitize(task), true)
        {
            IsSupported = static unit => !unit.HasZones,
        },
        new("SANITIZE, BLOCK ERASE", "48 A2 00 00 00 00 00 FF FF 04", Sweep, static (unit, task) => unit.Sanitize(task), true)
        {
            IsSupported = static unit => !unit.HasZones,
        },
        new("SANITIZE, EXIT FAILURE MODE", "48 BF 00 00 00 00 00 FF FF 04", CommandFlags.NeedsMedium | CommandFlags.Repairs, static (unit, task) => unit.Sanitize(task), true)
        {
            IsSupported = static unit => !unit.HasZones,
        },
        new("LOG SENSE", "4D 00 FF FF 00 FF FF FF FF 04", Always | CommandFlags.WorksNotReady | CommandFlags.IgnoresUnitReservation,
            static (_, task) => LogicalUnit.LogSense(task)),
        new("MODE SELECT(10)", "55 11 00 00 00 00 00 FF FF 04", CommandFlags.UsesDevice, static (unit, task) => unit.ModeSelect(task)),
        new("MODE SENSE(10)", "5A 18 FF FF 00 00 00 FF FF 04", Query, static (unit, task) => unit.ModeSense(task)),
        new("PERSISTENT RESERVE IN, READ KEYS", "5E 00 00 00 00 00 00 FF FF 04", ChecksReservation, static (unit, task) => unit.PersistentReserveIn(task), true)
        {
            IsSupported = static unit => unit.HasReservations,
        },
        new("PERSISTENT RESERVE IN, READ RESERVATION", "5E 01 00 00 00 00 00 FF FF 04", ChecksReservation, static (unit, task) => unit.PersistentReserveIn(task), true)
        {
            IsSupported = static unit => unit.HasReservations,
        },
        new("PERSISTENT RESERVE IN, REPORT CAPABILITIES", "5E 02 00 00 00 00 00 FF FF 04", ChecksReservation, static (unit, task) => unit.PersistentReserveIn(task), true)
        {
            IsSupported = static unit => unit.HasReservations,
        },
        new("PERSISTENT RESERVE IN, READ FULL STATUS", "5E 03 00 00 00 00 00 FF FF 04", ChecksReservation, static (unit, task) => unit.PersistentReserveIn(task), true)
        {
            IsSupported = static unit => unit.HasReservations,
        },
        new("PERSISTENT RESERVE OUT, REGISTER", "5F 00 00 00 00 FF FF FF FF 04", ChecksReservation, static (unit, task) => unit.PersistentReserveOut(task), true)
        {
            IsSupported = static unit => unit.HasReservations,
        },
        new("PERSISTENT RESERVE OUT, RESERVE", "5F 01 0F 00 00 FF FF FF FF 04", ChecksReservation, static (unit, task) => unit.PersistentReserveOut(task), true)
        {
            IsSupported = static unit => unit.HasReservations,
        },
        new("PERSISTENT RESERVE OUT, RELEASE", "5F 02 0F 00 00 FF FF FF FF 04", ChecksReservation, static (unit, task) => unit.PersistentReserveOut(task), true)
        {
            IsSupported = static unit => unit.HasReservations,
        },
        new("PERSISTENT RESERVE OUT, CLEAR", "5F 03 00 00 00 FF FF FF FF 04", ChecksReservation, static (unit, task) => unit.PersistentReserveOut(task), true)
        {
            IsSupported = static unit => unit.HasReservations,
        },
        new("PERSISTENT RESERVE OUT, PREEMPT", "5F 04 0F 00 00 FF FF FF FF 04", ChecksReservation, static (unit, task) => unit.PersistentReserveOut(task), true)
        {
            IsSupported = static unit => unit.HasReservations,
        },
        new("PERSISTENT RESERVE OUT, PREEMPT AND ABORT", "5F 05 0F 00 00 FF FF FF FF 04", ChecksReservation, static (unit, task) => unit.PersistentReserveOut(task), true)
        {
            IsSupported = static unit => unit.HasReservations,
        },
        new("PERSISTENT RESERVE OUT, REGISTER AND IGNORE EXISTING KEY", "5F 06 00 00 00 FF FF FF FF 04", ChecksReservation, static (unit, task) => unit.PersistentReserveOut(task), true)
        {
            IsSupported = static unit => unit.HasReservations,
        },
        new("PERSISTENT RESERVE OUT, REGISTER AND MOVE", "5F 07 00 00 00 FF FF FF FF 04", ChecksReservation, static (unit, task) => unit.PersistentReserveOut(task), true)
        {
            IsSupported = static unit => unit.HasReservations,
        },
        new("READ(32)", Long("0009", "18"), Read | ForceUnitAccess, static (unit, task) => unit.Read(task), true),
        new("VERIFY(32)", Long("000A", "16"), Read, static (unit, task) => unit.Verify(task), true),
        new("WRITE(32)", Long("000B", "18"), Write | ForceUnitAccess, static (unit, task) => unit.Write(task), true),
        new("WRITE AND VERIFY(32)", Long("000C", "16"), Write, static (unit, task) => unit.WriteAndVerify(task), true),
        new("WRITE SAME(32)", Long("000D", "19"), Write, static (unit, task) => unit.WriteSame(task), true),
        new("EXTENDED COPY(LID1)", "83 00 00 00 00 00 00 00 00 00 FF FF FF FF 00 04", CommandFlags.SendsCommands | CommandFlags.NeedsMedium,
            static (unit, task) => unit.ExtendedCopy(task), true),
        new("RECEIVE COPY STATUS(LID1)", "84 00 FF 00 00 00 00 00 00 00 FF FF FF FF 00 04", Query, static (unit, task) => unit.ReceiveCopyResults(task), true),
        new("RECEIVE COPY OPERATING PARAMETERS", "84 03 00 00 00 00 00 00 00 00 FF FF FF FF 00 04", Query, static (unit, task) => unit.ReceiveCopyResults(task), true),
        new("READ(16)", "88 18 FF FF FF FF FF FF FF FF FF FF FF FF 00 04", Read | ForceUnitAccess, static (unit, task) => unit.Read(task)),
        new("COMPARE AND WRITE", "89 18 FF FF FF FF FF FF FF FF 00 00 00 FF 00 04", Write | ForceUnitAccess, static (unit, task) => unit.CompareAndWrite(task)),
        new("WRITE(16)", "8A 18 FF FF FF FF FF FF FF FF FF FF FF FF 00 04", Write | ForceUnitAccess, static (unit, task) => unit.Write(task)),
        new("ORWRITE(16)", "8B 18 FF FF FF FF FF FF FF FF FF FF FF FF 00 04", Write | ForceUnitAccess, static (unit, task) => unit.OrWrite(task)),
        new("WRITE AND VERIFY(16)", "8E 16 FF FF FF FF FF FF FF FF FF FF FF FF 00 04", Write, static (unit, task) => unit.WriteAndVerify(task)),
        new("VERIFY(16)", "8F 16 FF FF FF FF FF FF FF FF FF FF FF FF 00 04", Read, static (unit, task) => unit.Verify(task)),
        new("PRE-FETCH(16)", "90 02 FF FF FF FF FF FF FF FF FF FF FF FF 00 04", Read, static (unit, task) => unit.PreFetch(task)),
        new("SYNCHRONIZE CACHE(16)", "91 02 FF FF FF FF FF FF FF FF FF FF FF FF 00 04", Blocks, static (unit, task) => unit.SynchronizeCache(task)),
        new("WRITE SAME(16)", "93 19 FF FF FF FF FF FF FF FF FF FF FF FF 00 04", Write, static (unit, task) => unit.WriteSame(task)),
        ZoneCommand("CLOSE ZONE", "94 01 FF FF FF FF FF FF FF FF 00 00 FF FF 01 04", CommandFlags.Writes),
        ZoneCommand("FINISH ZONE", "94 02 FF FF FF FF FF FF FF FF 00 00 FF FF 01 04", CommandFlags.Writes),
        ZoneCommand("OPEN ZONE", "94 03 FF FF FF FF FF FF FF FF 00 00 FF FF 01 04", CommandFlags.Writes),
        ZoneCommand("RESET WRITE POINTER", "94 04 FF FF FF FF FF FF FF FF 00 00 FF FF 01 04", CommandFlags.Writes),
        ZoneCommand("REPORT ZONES", "95 00 FF FF FF FF FF FF FF FF FF FF FF FF BF 04", CommandFlags.OnlyReads),
        new("READ CAPACITY(16)", "9E 10 00 00 00 00 00 00 00 00 FF FF FF FF 00 04", State, static (unit, task) => unit.ReadCapacity16(task), true),
        new("GET LBA STATUS", "9E 12 FF FF FF FF FF FF FF FF FF FF FF FF FF 04", CommandFlags.UsesDevice | CommandFlags.OnlyReads | CommandFlags.NeedsMedium,
            static (unit, task) => unit.GetLbaStatus(task), true),
        new("REPORT LUNS", "A0 00 FF 00 00 00 FF FF FF FF 00 04", AtAnyTime, static (unit, task) => unit.ReportLuns(task)),
        new("REPORT TARGET PORT GROUPS", "A3 EA 00 00 00 00 FF FF FF FF 00 04", Always | CommandFlags.WorksNotReady, static (unit, task) => unit.ReportTargetPortGroups(task), true)
        {
            IsSupported = static unit => unit.HasTargetPortGroups,
        },
        new("REPORT SUPPORTED OPERATION CODES", "A3 0C 87 FF FF FF FF FF FF FF 00 04", Query,
            static (unit, task) => unit.ReportSupportedOperationCodes(task), true),
        new("REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS", "A3 0D 80 00 00 00 FF FF FF FF 00 04", Query,
            static (unit, task) => unit.ReportSupportedTaskManagementFunctions(task), true),
        new("SET TARGET PORT GROUPS", "A4 0A 00 00 00 00 FF FF FF FF 00 04", CommandFlags.None, static (unit, task) => unit.SetTargetPortGroups(task), true)
        {
            IsSupported = static unit => unit.HasExplicitTargetPortGroups,
        },
        new("READ(12)", "A8 18 FF FF FF FF FF FF FF FF 00 04", Read | ForceUnitAccess, static (unit, task) => unit.Read(task)),
        new("WRITE(12)", "AA 18 FF FF FF FF FF FF FF FF 00 04", Write | ForceUnitAccess, static (unit, task) => unit.Write(task)),
        new("WRITE AND VERIFY(12)", "AE 16 FF FF FF FF FF FF FF FF 00 04", Write, static (unit, task) => unit.WriteAndVerify(task)),
        new("VERIFY(12)", "AF 16 FF FF FF FF FF FF FF FF 00 04", Read, static (unit, task) => unit.Verify(task)),
        new("READ DEFECT DATA(12)", "B7 1F 00 00 00 00 FF FF FF FF 00 04", Query | CommandFlags.NeedsMedium, static (_, task) => LogicalUnit.ReadDefectData12(task)),
    ];

    // By operation code; an operation code with service actions has one descriptor per action.
    private static readonly CommandDescriptor?[] s_byOperationCode = new CommandDescriptor?[256];
    private static readonly CommandDescriptor?[]?[] s_byServiceAction = new CommandDescriptor?[]?[256];

#pragma warning disable CA1810 // The two tables are filled from the rows.
    static CommandTable()
    {
        foreach (CommandDescriptor command in Commands)
        {
            if (command.HasServiceAction)
            {
                CommandDescriptor?[] actions = s_byServiceAction[command.OperationCode] ??= new CommandDescriptor?[ServiceActionMask + 1];
                actions[command.ServiceAction] = command;
            }
            else
            {
                s_byOperationCode[command.OperationCode] = command;
            }
        }
    }
#pragma warning restore CA1810

    // The device executes it; what it declines is no service action of its own.
    private static CommandDescriptor ZoneCommand(string name, string usageMap, CommandFlags flags) =>
        new(name, usageMap, flags, static (_, task) => LogicalUnit.ZoneCommand(task), true) { IsSupported = static unit => unit.HasZones };

    // The CDBs of 32 bytes differ in service action and flags only. The tags that they check belong to protection information, of which there is none.
    private static string Long(string serviceAction, string flags) =>
        $"7F 04 00 00 00 00 00 18 {serviceAction} {flags} 00 FFFFFFFFFFFFFFFF 0000000000000000 FFFFFFFF";

    /// <summary>Finds the command of a CDB.</summary>
    /// <param name="cdb">The CDB, at least one byte.</param>
    /// <returns>Null for an unknown one, and for one that is too short for its command.</returns>
    public static CommandDescriptor? Find(ReadOnlySpan<byte> cdb)
    {
        CommandDescriptor? command = s_byOperationCode[cdb[0]];
        if (command is null && HasServiceActions(cdb[0]))
        {
            command = ServiceActionOf(cdb) is >= 0 and var action ? Find(cdb[0], action) : null;
        }

        return command is not null && cdb.Length >= command.CdbLength ? command : null;
    }

    /// <summary>The service action of a CDB whose operation code has service actions; negative for a CDB that is too short for one.</summary>
    public static int ServiceActionOf(ReadOnlySpan<byte> cdb) => (cdb[0] == VariableLength, cdb.Length) switch
    {
        (true, >= 10) => BinaryPrimitives.ReadUInt16BigEndian(cdb[8..]),
        (false, >= 2) => cdb[1] & ServiceActionMask,
        _ => -1,
    };

    /// <summary>Finds the command of an operation code without service actions.</summary>
    public static CommandDescriptor? Find(byte operationCode) => s_byOperationCode[operationCode];

    /// <summary>Finds the command of an operation code and service action.</summary>
    public static CommandDescriptor? Find(byte operationCode, int serviceAction) =>
        s_byServiceAction[operationCode] is { } actions && serviceAction <= ServiceActionMask ? actions[serviceAction] : null;

    /// <summary>Whether the low bits of byte 1 select among several commands of an operation code.</summary>
    public static bool HasServiceActions(byte operationCode) => s_byServiceAction[operationCode] is not null;
}
