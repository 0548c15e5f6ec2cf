// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using TcmuRunner.Lio.ConfigFs;

namespace TcmuRunner.Lio;

/// <summary>What the kernel counts for a LUN since it was made; null where it does not.</summary>
/// <param name="Commands">SCSI commands.</param>
/// <param name="ReadMebibytes">Whole MiB that were read.</param>
/// <param name="WrittenMebibytes">Whole MiB that were written.</param>
/// <param name="QueueFull">Commands that were refused because the LUN was busy.</param>
public sealed record LunStatistics(long? Commands, long? ReadMebibytes, long? WrittenMebibytes, long? QueueFull)
{
    // RFC 4455 (SCSI MIB), scsiTgtPortTable and scsiPortTable.
    internal static LunStatistics Read(IConfigFs files, string path) => new(
        Number(files, path + "/scsi_tgt_port/in_cmds"),
        Number(files, path + "/scsi_tgt_port/read_mbytes"),
        Number(files, path + "/scsi_tgt_port/write_mbytes"),
        Number(files, path + "/scsi_port/busy_count"));

    private static long? Number(IConfigFs files, string path) =>
        files.IsFile(path) && long.TryParse(files.Read(path), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
}
