// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Engine;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow;

/// <summary>What a <c>qcow/</c> configuration string says.</summary>
/// <param name="Path">Absolute path of the image.</param>
/// <param name="Options">How to open it.</param>
internal sealed record QcowConfiguration(string Path, ImageOptions Options)
{
    internal const string Help = """
        qcow//path[;ro][;direct][;format=F][;snapshot=S][;cache=N][;secret=P]
          path       a qcow2, qcow or raw image, with its backing files
          ro         read-only
          direct     past the page cache (O_DIRECT)
          format     qcow2, qcow or raw; otherwise found out from the image
          snapshot   id or name of an internal snapshot to open, read-only
          cache      MiB of memory for mapping tables, 1 to 1024, 32 if not given
          secret     file with the secret of an encrypted image
        """;

    private const int MaximumPathBytes = 4095;
    private const int MaximumCacheMebibytes = 1024;

    /// <summary>Looks at the words only, never at the file system: any user of D-Bus may ask, and must not learn which files exist.</summary>
    public static bool TryParse(
        ConfigurationString text,
        [NotNullWhen(true)] out QcowConfiguration? configuration,
        [NotNullWhen(false)] out string? reason)
    {
        configuration = null;
        reason = CheckPath(text.Path, "image");
        var options = new ImageOptions();
        foreach ((string key, string? value) in text.Options)
        {
            reason ??= TryApply(ref options, key, value);
        }

        if (reason is not null)
        {
            return false;
        }

        configuration = new QcowConfiguration(text.Path, options);
        return true;
    }

    private static string? TryApply(ref ImageOptions options, string key, string? value)
    {
        switch (key)
        {
            case "ro":
                options = options with { IsReadOnly = true };
                return CheckNoValue(key, value);
            case "direct":
                options = options with { IsDirect = true };
                return CheckNoValue(key, value);
            case "format":
                options = options with { Format = ParseFormat(value) };
                return options.Format is null ? $"The format '{value}' is not known; it can be qcow2, qcow or raw." : null;
            case "snapshot":
                options = options with { Snapshot = value, IsReadOnly = true };
                return string.IsNullOrEmpty(value) ? "The option 'snapshot' needs an id or a name, as in 'snapshot=monday'." : null;
            case "secret":
                options = options with { SecretPath = value };
                return CheckPath(value ?? string.Empty, "secret");
            case "cache":
                bool isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int mebibytes);
                options = options with { CacheBytes = (long)mebibytes << 20 };
                return isNumber && mebibytes is >= 1 and <= MaximumCacheMebibytes ? null : $"The cache is 1 to {MaximumCacheMebibytes} MiB; '{value}' is not possible.";
            default:
                return $"The qcow handler has no option '{key}'; it knows ro, direct, format, snapshot, cache and secret.";
        }
    }

    private static ImageFormat? ParseFormat(string? value) => value switch
    {
        "raw" => ImageFormat.Raw,
        "qcow" => ImageFormat.Qcow1,
        "qcow2" => ImageFormat.Qcow2,
        _ => null,
    };

    private static string? CheckNoValue(string key, string? value) => value is null ? null : $"The option '{key}' of the qcow handler takes no value.";

    private static string? CheckPath(string path, string what)
    {
        if (path.Length == 0)
        {
            return $"The path of the {what} is missing, as in 'qcow//srv/disk.qcow2'.";
        }

        if (path[0] != '/')
        {
            return $"The path '{path}' of the {what} is not absolute; write 'qcow//srv/disk.qcow2', with two slashes.";
        }

        if (path[^1] == '/')
        {
            return $"The path '{path}' of the {what} names a directory, not a file.";
        }

        int bytes = Encoding.UTF8.GetByteCount(path);
        return bytes > MaximumPathBytes ? $"The path of the {what} has {bytes} bytes; the kernel allows {MaximumPathBytes}." : null;
    }
}
