// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <content>What a front must know of a command before it gives it to a unit.</content>
public sealed partial class LogicalUnit
{
    /// <summary>Whether a command changes the medium, for fronts that let an initiator only read.</summary>
    /// <param name="cdb">An untrusted CDB of at least 16 bytes.</param>
    public static bool ChangesMedium(ReadOnlySpan<byte> cdb) => CommandTable.Find(cdb) is { } command && command.Has(CommandFlags.Writes);
}
