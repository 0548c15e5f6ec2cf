// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Lio;

namespace TcmuRunner.Ctl;

/// <summary>Who can reach which device: the LUNs of all fabrics, by the directory of the device in configfs (<c>user_N/name</c>).</summary>
internal static class Exports
{
    /// <summary>Finds all exports of devices in user space; none where the kernel has no targets or does not let us look.</summary>
    /// <param name="open">Opens the kernel's targets.</param>
    internal static ILookup<string, Lun> Find(Func<Root> open)
    {
        try
        {
            return open().Luns.Select(lun => (Lun: lun, Directory: DirectoryOf(lun))).Where(export => export.Directory is not null)
                .ToLookup(export => export.Directory!, export => export.Lun, StringComparer.Ordinal);
        }
        catch (LioException exception) when (exception.Kind is LioErrorKind.NotAvailable or LioErrorKind.NotPermitted)
        {
            return Enumerable.Empty<Lun>().ToLookup(lun => lun.Path, StringComparer.Ordinal);
        }
    }

    /// <summary>The exports of one device.</summary>
    internal static IReadOnlyList<Lun> Of(Root root, DeviceInfo device) => [.. Find(() => root)[device.Facts.ConfigFsName]];

    /// <summary>The initiators that are connected to the group of a LUN: logged in by name, or let in without one.</summary>
    internal static IReadOnlyList<string> InitiatorsOf(Lun lun)
    {
        try
        {
            return [.. lun.Tpg.NodeAcls.Where(acl => acl.Session is not null).Select(acl => acl.Initiator), .. lun.Tpg.DynamicSessions];
        }
        catch (LioException)
        {
            // Fabrics without sessions, and kernels that do not tell.
            return [];
        }
    }

    /// <summary>The disk that a LUN of the loopback fabric has on this machine, <c>/dev/sdX</c>; null while there is none.</summary>
    internal static string? DiskOf(Lun lun)
    {
        string address = Path.Combine(lun.Tpg.Path, "address");
        if (lun.Tpg.Target.FabricModule.Name != "loopback" || !File.Exists(address))
        {
            return null;
        }

        string block = $"/sys/class/scsi_device/{File.ReadAllText(address).Trim()}:{lun.Number}/device/block";
        return Directory.Exists(block) && Directory.EnumerateDirectories(block).FirstOrDefault() is { } disk ? $"/dev/{Path.GetFileName(disk)}" : null;
    }

    private static string? DirectoryOf(Lun lun)
    {
        try
        {
            return lun.StorageObject is UserStorageObject storage ? string.Join('/', storage.Path.Split('/')[^2..]) : null;
        }
        catch (LioException exception) when (exception.Kind == LioErrorKind.NotFound)
        {
            // It was removed while we looked.
            return null;
        }
    }
}
