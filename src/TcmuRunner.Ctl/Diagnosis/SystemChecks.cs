// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Ctl.Diagnosis;

/// <summary>Looks at what the kernel and the system bring. Reads only.</summary>
internal static class SystemChecks
{
    private const string PolicyFile = "tcmu-runner.conf";

    /// <summary>Runs all checks, in the order in which they depend on each other.</summary>
    internal static IEnumerable<Finding> Run(SystemPaths paths)
    {
        yield return CheckRights();
        yield return CheckModule(paths);
        yield return CheckConfigFs(paths);
        if (Directory.Exists(paths.Module))
        {
            yield return CheckNetlink(paths);
        }

        yield return CheckFabric(paths, "tcm_loop", "exports to this machine (tcmuctl export)");
        yield return CheckFabric(paths, "iscsi_target_mod", "exports over the kernel's iSCSI target (tcmuctl export --iscsi)");
        yield return CheckPolicy(paths);
        yield return CheckLibrary("libsystemd.so.0", "the daemon on the bus", "libsystemd0", FindingResult.Problem);
        yield return CheckLibrary("librbd.so.1", "the handler rbd", "librbd1", FindingResult.Note);
        yield return CheckLibrary("libgfapi.so.0", "the handler glfs", "libgfapi0", FindingResult.Note);
        yield return CheckProcesses(paths);
    }

    private static Finding CheckRights() => Environment.IsPrivilegedProcess
        ? new Finding("rights", FindingResult.Good, "this is root")
        : new Finding("rights", FindingResult.Note, "this is not root: devices can be looked at, and not changed", "Use sudo to change something.");

    private static Finding CheckModule(SystemPaths paths) => Directory.Exists(paths.Module)
        ? new Finding("kernel module", FindingResult.Good, "target_core_user is loaded")
        : new Finding(
            "kernel module", FindingResult.Problem, "target_core_user is not loaded",
            "Run 'modprobe target_core_user'; when that fails, install the modules package of the running kernel.");

    private static Finding CheckConfigFs(SystemPaths paths) => Directory.Exists(paths.ConfigFsTarget)
        ? new Finding("configfs", FindingResult.Good, $"{paths.ConfigFsTarget} is there")
        : new Finding(
            "configfs", FindingResult.Problem, $"{paths.ConfigFsTarget} is missing",
            "Run 'mount -t configfs configfs /sys/kernel/config', and 'modprobe target_core_mod'.");

    private static Finding CheckNetlink(SystemPaths paths)
    {
        string file = Path.Combine(paths.Module, "parameters/block_netlink");
        if (!File.Exists(file))
        {
            return new Finding(
                "netlink", FindingResult.Note, "this kernel has no block_netlink: devices that change while the daemon starts may be missed", "Use Linux 5.0 or newer.");
        }

        return File.ReadAllText(file).Trim() == "unblocked"
            ? new Finding("netlink", FindingResult.Good, "the kernel's messages are not held back")
            : new Finding(
                "netlink", FindingResult.Problem, "the kernel's messages are held back: making a device fails with 'Resource temporarily unavailable'",
                "Start the daemon; it lets them go when it is ready.");
    }

    private static Finding CheckFabric(SystemPaths paths, string module, string purpose) => Directory.Exists(Path.Combine(paths.Modules, module))
        ? new Finding($"fabric {module}", FindingResult.Good, purpose)
        : new Finding($"fabric {module}", FindingResult.Note, $"is not loaded; it is needed for {purpose}", $"It is loaded when needed; 'modprobe {module}' tries it.");

    private static Finding CheckPolicy(SystemPaths paths) =>
        paths.PolicyFolders.Select(folder => Path.Combine(folder, PolicyFile)).FirstOrDefault(File.Exists) is { } file
            ? new Finding("bus policy", FindingResult.Good, file)
            : new Finding(
                "bus policy", FindingResult.Problem, $"there is no {PolicyFile}: the bus does not let the daemon have its name",
                $"Copy dbus/{PolicyFile} to {paths.PolicyFolders[0]}.");

    private static Finding CheckLibrary(string library, string purpose, string package, FindingResult whenMissing)
    {
        if (!NativeLibrary.TryLoad(library, out nint handle))
        {
            return new Finding($"library {library}", whenMissing, $"is missing; it is needed for {purpose}", $"Install {package}.");
        }

        NativeLibrary.Free(handle);
        return new Finding($"library {library}", FindingResult.Good, $"for {purpose}");
    }

    private static Finding CheckProcesses(SystemPaths paths)
    {
        string[] found =
        [
            .. Directory.EnumerateDirectories(paths.Proc).Select(Path.GetFileName).OfType<string>()
                .Where(name => name.All(char.IsAsciiDigit) && NameOf(Path.Combine(paths.Proc, name)) == "tcmu-runner"),
        ];
        return found.Length switch
        {
            1 => new Finding("process", FindingResult.Good, $"tcmu-runner runs (pid {found[0]})"),
            0 => new Finding("process", FindingResult.Problem, "tcmu-runner does not run", "Start it: systemctl start tcmu-runner."),
            _ => new Finding("process", FindingResult.Note, $"tcmu-runner runs more than once (pids {string.Join(", ", found)}), for devices in user space or starting"),
        };
    }

    private static string? NameOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "comm")).Trim();
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return null;
        }
    }
}
