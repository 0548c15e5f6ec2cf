// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <summary>Runs one kind of command.</summary>
/// <returns>How it ended; <see cref="IoOutcome.SenseProvided"/> where the task has its status and sense data already.</returns>
internal delegate ValueTask<IoStatus> CommandHandler(LogicalUnit unit, ScsiTask task);

/// <summary>Looks at a CDB.</summary>
internal delegate bool CdbPredicate(ReadOnlySpan<byte> cdb);

/// <summary>One command that the engine knows: a row of <see cref="CommandTable"/>.</summary>
internal sealed class CommandDescriptor
{
    /// <summary>There is no service action.</summary>
    public const int NoServiceAction = -1;

    private readonly byte[] _usageMap;

    /// <summary>Describes a command.</summary>
    /// <param name="name">The standard's name.</param>
    /// <param name="usageMap">CDB usage data in hex (SPC-5 REPORT SUPPORTED OPERATION CODES): operation code, then the bits that count; as long
    /// as the CDB. A service action stands in it as its value.</param>
    /// <param name="flags">What the engine must know of it.</param>
    /// <param name="execute">Runs it.</param>
    /// <param name="hasServiceAction">Whether it has a service action.</param>
    public CommandDescriptor(string name, string usageMap, CommandFlags flags, CommandHandler execute, bool hasServiceAction = false)
    {
        Name = name;
        _usageMap = Convert.FromHexString(usageMap.Replace(" ", string.Empty, StringComparison.Ordinal));
        Flags = flags;
        Execute = execute;
        ServiceAction = hasServiceAction ? CommandTable.ServiceActionOf(_usageMap) : NoServiceAction;
    }

    public string Name { get; }

    public byte OperationCode => _usageMap[0];

    /// <summary>The service action, or <see cref="NoServiceAction"/>.</summary>
    public int ServiceAction { get; }

    public bool HasServiceAction => ServiceAction != NoServiceAction;

    public int CdbLength => _usageMap.Length;

    /// <summary>Where the CONTROL byte is.</summary>
    public int ControlOffset => OperationCode == CommandTable.VariableLength ? 1 : CdbLength - 1;

    public ReadOnlySpan<byte> UsageMap => _usageMap;

    public CommandFlags Flags { get; }

    public CommandHandler Execute { get; }

    /// <summary>Whether a logical unit has the command; null for all.</summary>
    public Func<LogicalUnit, bool>? IsSupported { get; init; }

    /// <summary>
    /// Whether the list of all commands names it. Commands of 32 bytes are reported only when they are asked for one by one: initiators with room
    /// for 16 bytes of usage data (libiscsi) ask for each command in the list, and misread theirs.
    /// </summary>
    public bool IsListed => OperationCode != CommandTable.VariableLength;

    /// <summary>Which CDBs of a command that reservations stop are let through all the same; null for none.</summary>
    public CdbPredicate? IsHarmless { get; init; }

    public bool Has(CommandFlags flag) => (Flags & flag) != 0;
}
