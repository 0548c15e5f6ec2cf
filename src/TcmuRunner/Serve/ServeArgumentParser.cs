// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using TcmuRunner.Iscsi.Targets;

namespace TcmuRunner.Serve;

/// <summary>Reads the command line of <c>tcmu-runner serve</c>.</summary>
internal static class ServeArgumentParser
{
    internal const string Help = """
        Usage: tcmu-runner serve CONFIGURATION [--size SIZE] [--block-size BYTES] [--removable] [CONFIGURATION ...] [options]
               tcmu-runner serve --targets FILE [options]
        Serves disks over iSCSI, without kernel module and without root, until it is interrupted. The first is LUN 0.

          CONFIGURATION             For example file//tmp/disk.img or memory/; the next three belong to the one before.
              --size SIZE           Size in bytes, or with K, M, G, T for powers of 1024. Left out: the backing store's own.
              --block-size BYTES    512 (default) to 4096: the disk's logical block size.
              --removable           Its medium can be ejected, and loaded again.
              --portal ADDR[:PORT]  Where to listen; repeatable. Default 127.0.0.1:3260; [::]:3260 and 0.0.0.0 are everywhere.
              --target NAME         Name of the target (default: iqn.2026-11.tcmu-runner:serve).
              --targets FILE        Serves what a file says that targetcli's saveconfig wrote; read again at SIGHUP.
              --state-dir DIR       Keeps persistent reservations there over a restart (default: they end with the program).
              --handler-path DIR    Folder with one folder per handler (default: handlers, next to the program).
          -d, --debug               Log everything.
          -h, --help                Show this text and exit.
        """;

    /// <summary>Reads the words after <c>serve</c>.</summary>
    /// <param name="args">The words.</param>
    /// <param name="arguments">What they say.</param>
    /// <param name="error">What is wrong with them, as a sentence without full stop.</param>
    internal static bool TryParse(
        ReadOnlySpan<string> args, [NotNullWhen(true)] out ServeArguments? arguments, [NotNullWhen(false)] out string? error)
    {
        arguments = null;
        error = null;
        var result = new ServeArguments();
        var disks = new List<ServedDisk>();
        var portals = new List<IPEndPoint>();
        for (int index = 0; index < args.Length && error is null; index++)
        {
            string name = args[index];
            string? value = null;
            int equals = name.StartsWith("--", StringComparison.Ordinal) ? name.IndexOf('=', StringComparison.Ordinal) : -1;
            if (equals > 0)
            {
                (name, value) = (name[..equals], name[(equals + 1)..]);
            }

            switch (name)
            {
                case "-h" or "--help":
                    arguments = new ServeArguments { ShowHelp = true };
                    return true;
                case "-d" or "--debug":
                    result = result with { Debug = true };
                    continue;
                case "--removable" when disks.Count == 0:
                    error = $"option '{name}' stands behind the configuration that it belongs to";
                    continue;
                case "--removable":
                    disks[^1] = disks[^1] with { IsRemovable = true };
                    continue;
                case "--size" or "--block-size" or "--portal" or "--target" or "--targets" or "--state-dir" or "--handler-path":
                    if (value is null && ++index < args.Length)
                    {
                        value = args[index];
                    }

                    error = string.IsNullOrEmpty(value) ? $"option '{name}' needs a value" : Apply(name, value, ref result, disks, portals);
                    continue;
                default:
                    if (name.StartsWith('-'))
                    {
                        error = $"unknown option '{name}'";
                    }

                    disks.Add(new ServedDisk(args[index], null, 512));
                    continue;
            }
        }

        error ??= (disks.Count, result.TargetsFile) switch
        {
            (0, null) => "a configuration is missing, for example file//tmp/disk.img",
            ( > 0, not null) => "a targets file names its disks itself",
            _ => null,
        };
        arguments = error is null ? result with { Disks = disks, Portals = portals } : null;
        return error is null;
    }

    private static string? Apply(string name, string value, ref ServeArguments result, List<ServedDisk> disks, List<IPEndPoint> portals)
    {
        switch (name)
        {
            case "--size" or "--block-size" when disks.Count == 0:
                return $"option '{name}' stands behind the configuration that it belongs to";
            case "--size":
                if (!TryParseSize(value, out long size))
                {
                    return $"'{value}' is not a size";
                }

                disks[^1] = disks[^1] with { SizeBytes = size };
                return null;
            case "--block-size":
                if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int blockSize))
                {
                    return $"'{value}' is not a block size";
                }

                disks[^1] = disks[^1] with { BlockSizeBytes = blockSize };
                return null;
            case "--portal":
                if (!TryParsePortal(value, out IPEndPoint? portal))
                {
                    return $"'{value}' is not an address with a port, as in 127.0.0.1:3260 or [::1]:3260";
                }

                portals.Add(portal);
                return null;
            case "--target":
                if (!IscsiName.TryNormalize(value, out string? target, out string? reason))
                {
                    return reason.TrimEnd('.');
                }

                result = result with { Target = target };
                return null;
            case "--targets":
                result = result with { TargetsFile = Path.GetFullPath(value) };
                return null;
            case "--state-dir":
                result = result with { StateDirectory = Path.GetFullPath(value) };
                return null;
            default:
                result = result with { HandlerPath = Path.GetFullPath(value) };
                return null;
        }
    }

    internal static bool TryParseSize(string text, out long sizeBytes)
    {
        int shift = text[^1] switch
        {
            'K' or 'k' => 10,
            'M' or 'm' => 20,
            'G' or 'g' => 30,
            'T' or 't' => 40,
            _ => 0,
        };
        ReadOnlySpan<char> digits = shift == 0 ? text : text.AsSpan(0, text.Length - 1);
        bool isNumber = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out sizeBytes);
        bool fits = isNumber && sizeBytes > 0 && sizeBytes <= long.MaxValue >> shift;
        sizeBytes = fits ? sizeBytes << shift : 0;
        return fits;
    }

    internal static bool TryParsePortal(string text, [NotNullWhen(true)] out IPEndPoint? portal)
    {
        // Without a port, IPEndPoint gives 0, which would be any.
        if (!IPEndPoint.TryParse(text, out portal))
        {
            return false;
        }

        bool namesPort = text.EndsWith($":{portal.Port}", StringComparison.Ordinal) && !text.Equals(portal.Address.ToString(), StringComparison.Ordinal);
        if (!namesPort)
        {
            portal.Port = Portal.DefaultPort;
        }

        return true;
    }
}
