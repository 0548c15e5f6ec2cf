// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Text;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.File;

/// <summary>What a <c>file/</c> configuration string says: <c>file//path[;direct][;ro][;create][;shared]</c>.</summary>
internal sealed record FileConfiguration
{
    internal const string Help = """
        file//path[;direct][;ro][;create][;shared]
          path     a regular file, made on first use where its directory exists, or a block device
          direct   past the page cache (O_DIRECT)
          ro       read-only; the file must exist
          create   makes the file anew also when it has gone since the device was last open
          shared   does not mind who else has the file open; two writers destroy each other's data unless they know of each other
        """;

    // PATH_MAX of linux/limits.h, without the terminating zero.
    private const int MaximumPathBytes = 4095;

    /// <summary>Absolute path of the backing file.</summary>
    public required string Path { get; init; }

    /// <summary>Whether the page cache is bypassed.</summary>
    public bool IsDirect { get; init; }

    /// <summary>Whether the disk is write-protected.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Whether a file that was there once and is missing now may be replaced by an empty one.</summary>
    public bool MayRecreate { get; init; }

    /// <summary>Whether the file may be in use elsewhere.</summary>
    public bool IsShared { get; init; }

    /// <summary>Looks at the words only, never at the file system: any user of D-Bus may ask, and must not learn which files exist.</summary>
    public static bool TryParse(
        ConfigurationString text,
        [NotNullWhen(true)] out FileConfiguration? configuration,
        [NotNullWhen(false)] out string? reason)
    {
        configuration = null;
        reason = CheckPath(text.Path);
        if (reason is not null)
        {
            return false;
        }

        var parsed = new FileConfiguration { Path = text.Path };
        foreach ((string key, string? value) in text.Options)
        {
            if (value is not null)
            {
                reason = $"The option '{key}' of the file handler takes no value.";
                return false;
            }

            switch (key)
            {
                case "direct":
                    parsed = parsed with { IsDirect = true };
                    break;
                case "ro":
                    parsed = parsed with { IsReadOnly = true };
                    break;
                case "shared":
                    parsed = parsed with { IsShared = true };
                    break;
                case "create":
                    parsed = parsed with { MayRecreate = true };
                    break;
                default:
                    reason = $"The file handler has no option '{key}'; it knows direct, ro, create and shared.";
                    return false;
            }
        }

        if (parsed is { IsReadOnly: true, MayRecreate: true })
        {
            reason = "The options 'ro' and 'create' exclude each other: a new file would have nothing to read.";
            return false;
        }

        configuration = parsed;
        return true;
    }

    private static string? CheckPath(string path)
    {
        if (path.Length == 0)
        {
            return "The path of the backing file is missing, as in 'file//srv/disk.img'.";
        }

        if (path[0] != '/')
        {
            return $"The path '{path}' is not absolute; write 'file//srv/disk.img', with two slashes.";
        }

        if (path[^1] == '/')
        {
            return $"The path '{path}' names a directory, not a file.";
        }

        int bytes = Encoding.UTF8.GetByteCount(path);
        return bytes > MaximumPathBytes ? $"The path has {bytes} bytes; the kernel allows {MaximumPathBytes}." : null;
    }
}
