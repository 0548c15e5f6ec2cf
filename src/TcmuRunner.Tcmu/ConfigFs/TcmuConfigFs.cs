// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace TcmuRunner.Tcmu.ConfigFs;

/// <summary>The kernel's files about TCMU as a whole: the UIO devices that exist, and the module's switches for netlink.</summary>
internal sealed class TcmuConfigFs(IAttributeFiles files, TcmuPaths paths)
{
    internal IAttributeFiles Files { get; } = files;

    internal TcmuPaths Paths { get; } = paths;

    private string BlockNetlinkPath => Path.Combine(Paths.Module, "parameters/block_netlink");

    /// <summary>Checks that TCMU can be used at all.</summary>
    /// <exception cref="TcmuException">It cannot, with the remedy.</exception>
    internal void Check()
    {
        if (!Files.Exists(Paths.Module))
        {
            throw new TcmuException(
                TcmuErrorKind.ModuleMissing,
                $"The kernel module target_core_user is not loaded ({Paths.Module} does not exist): "
                + "load it with 'modprobe target_core_user'; if there is none, install the distribution's full kernel package.")
            { Path = Paths.Module };
        }

        if (Files.Exists(Path.Combine(Paths.ConfigFsTarget, "core")))
        {
            return;
        }

        string mount = Path.GetDirectoryName(Paths.ConfigFsTarget) ?? "/";
        throw new TcmuException(
            TcmuErrorKind.ConfigFsMissing,
            $"There is no {Paths.ConfigFsTarget}/core: mount configfs with 'mount -t configfs configfs {mount}' "
            + "and load the target subsystem with 'modprobe target_core_mod'.")
        { Path = Paths.ConfigFsTarget };
    }

    /// <summary>
    /// All UIO devices of TCMU by minor, in the order of their numbers; names that cannot be parsed are reported and left out.
    /// </summary>
    internal IReadOnlyList<KeyValuePair<int, UioName>> Scan(Action<string> onBadName)
    {
        var found = new List<KeyValuePair<int, UioName>>();
        foreach (string entry in Files.List(Paths.SysClassUio))
        {
            if (entry.StartsWith("uio", StringComparison.Ordinal)
                && int.TryParse(entry.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out int minor)
                && TryReadName(minor, out UioName? name, onBadName))
            {
                found.Add(new(minor, name!));
            }
        }

        found.Sort((left, right) => left.Key.CompareTo(right.Key));
        return found;
    }

    /// <summary>The name of one UIO device; null when it is gone or none of TCMU's.</summary>
    internal UioName? ReadName(int minor) => TryReadName(minor, out UioName? name, static _ => { }) ? name : null;

    /// <summary>
    /// Makes the kernel refuse new operations on devices that wait for replies (EAGAIN) instead of sending events.
    /// </summary>
    /// <returns>False where the kernel is too old to have that (before 4.19).</returns>
    internal bool TryBlockNetlink()
    {
        if (!Files.Exists(BlockNetlinkPath))
        {
            return false;
        }

        Files.Write(BlockNetlinkPath, "1");
        return true;
    }

    /// <summary>Ends <see cref="TryBlockNetlink"/>.</summary>
    internal void UnblockNetlink() => Files.Write(BlockNetlinkPath, "0");

    /// <summary>Fails every operation that waits for a reply (EINTR). Netlink must be blocked.</summary>
    internal void ResetNetlink() => Files.Write(Path.Combine(Paths.Module, "parameters/reset_netlink"), "1");

    private bool TryReadName(int minor, out UioName? name, Action<string> onBadName)
    {
        name = null;
        string text;
        try
        {
            text = Files.Read(Path.Combine(Paths.SysClassUio, $"uio{minor}", "name"));
        }
        catch (TcmuException exception) when (exception.Kind == TcmuErrorKind.NotFound)
        {
            return false;
        }

        if (!UioName.IsTcmu(text))
        {
            return false;
        }

        if (UioName.TryParse(text, out name, out string? reason))
        {
            return true;
        }

        onBadName(reason);
        return false;
    }
}
