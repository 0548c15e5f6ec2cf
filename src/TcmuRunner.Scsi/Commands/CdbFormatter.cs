// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;

namespace TcmuRunner.Scsi;

/// <summary>Puts commands and their results into words, for the log.</summary>
internal static class CdbFormatter
{
    /// <summary>A command in words, as in <c>READ(16) lba=2048 blocks=8 FUA</c>.</summary>
    /// <param name="cdb">The CDB, at least one byte.</param>
    public static string Format(ReadOnlySpan<byte> cdb)
    {
        CommandDescriptor? command = CommandTable.Find(cdb);
        if (command is null)
        {
            return $"unknown command {Convert.ToHexString(cdb[..Math.Min(cdb.Length, 16)])}";
        }

        var text = new StringBuilder(command.Name);
        if (command.Has(CommandFlags.HasBlocks))
        {
            BlockRange range = command.OperationCode == CompareAndWriteRange.OperationCode
                ? CompareAndWriteRange.FromCdb(cdb)
                : BlockRange.FromCdb(cdb);
            text.Append(CultureInfo.InvariantCulture, $" lba={range.LogicalBlockAddress} blocks={range.Count}");
        }

        if (command.Has(CommandFlags.HasForceUnitAccess))
        {
            byte flags = BlockRange.FlagsOf(cdb);
            text.Append((flags & 0x08) != 0 ? " FUA" : string.Empty).Append((flags & 0x10) != 0 ? " DPO" : string.Empty);
        }

        return text.ToString();
    }

    /// <summary>How a command ended, in words, as in <c>CHECK CONDITION, ILLEGAL REQUEST / LOGICAL BLOCK ADDRESS OUT OF RANGE (5 21/00)</c>.</summary>
    /// <param name="task">A task that is about to complete.</param>
    public static string FormatResult(ScsiTask task)
    {
        string status = Words(task.Status.ToString());
        if (task.Status != ScsiStatus.CheckCondition)
        {
            return status;
        }

        ReadOnlySpan<byte> sense = task.Sense;
        bool isDescriptor = (sense[0] & 0x7E) == 0x72;
        byte key = (byte)((isDescriptor ? sense[1] : sense[2]) & 0x0F);
        byte code = isDescriptor ? sense[2] : sense[12];
        byte qualifier = isDescriptor ? sense[3] : sense[13];
        string meaning = Words(((AdditionalSenseCode)((code << 8) | qualifier)).ToString());
        return $"{status}, {Words(((SenseKey)key).ToString())} / {meaning} ({key:X} {code:X2}/{qualifier:X2})";
    }

    // LogicalBlockAddressOutOfRange becomes LOGICAL BLOCK ADDRESS OUT OF RANGE; a number stays one.
    private static string Words(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        foreach (char letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && text.Length > 0)
            {
                text.Append(' ');
            }

            text.Append(char.ToUpperInvariant(letter));
        }

        return text.ToString();
    }
}
