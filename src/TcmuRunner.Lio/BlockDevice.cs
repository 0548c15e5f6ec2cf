// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using TcmuRunner.Lio.Native;

namespace TcmuRunner.Lio;

/// <summary>What sysfs says of a block device.</summary>
/// <param name="Name">The kernel's name, as in <c>sda1</c>.</param>
/// <param name="SizeBytes">Its size.</param>
/// <param name="ScsiAddress">Host, channel, target and LUN where it is a SCSI device; null otherwise.</param>
/// <param name="ScsiType">The SCSI peripheral device type; 0, a disk, for what is no SCSI device.</param>
internal sealed record BlockDevice(string Name, long SizeBytes, string? ScsiAddress, int ScsiType)
{
    private const int SysfsSectorBytes = 512;

    /// <summary>The device of a path such as /dev/sda or a link to it; null when there is none.</summary>
    internal static BlockDevice? Find(string path, string sys)
    {
        if (FileKind.BlockDeviceNumber(path) is not { } number || Directory.ResolveLinkTarget($"{sys}/dev/block/{number}", returnFinalTarget: true) is not { } entry)
        {
            return null;
        }

        string directory = entry.FullName;
        if (!long.TryParse(Text(directory + "/size"), NumberStyles.None, CultureInfo.InvariantCulture, out long sectors))
        {
            return null;
        }

        string? device = new FileInfo(directory + "/device").LinkTarget;
        string? address = device is null ? null : Path.GetFileName(device);
        _ = int.TryParse(Text(directory + "/device/type"), NumberStyles.None, CultureInfo.InvariantCulture, out int type);
        return new BlockDevice(entry.Name, sectors * SysfsSectorBytes, address?.Count(character => character == ':') == 3 ? address : null, type);
    }

    private static string Text(string path) => File.Exists(path) ? File.ReadAllText(path).Trim() : "";
}
