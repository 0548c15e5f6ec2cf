// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>What an <c>rbd/</c> configuration string says: <c>rbd/pool[/namespace]/image[@snapshot][;option...]</c>.</summary>
internal sealed record RbdConfiguration
{
    internal const string Help = """
        rbd/pool[/namespace]/image[@snapshot][;osd_op_timeout=SECONDS][;conf=FILE][;id=USER][;ro][;create][;share][;lock]
          image            a disk in this image; with @snapshot in a snapshot of it, read-only
          osd_op_timeout   gives up on an operation that the cluster does not answer; must exceed osd_heartbeat_grace + osd_heartbeat_interval
          conf             Ceph's configuration file, an absolute path; without it the library looks in its usual places
          id               Ceph user, without 'client.'; without it admin
          ro               read-only
          create           makes the image when there is none
          share            one connection for all disks of the same cluster and user
          lock             takes the image's exclusive lock when it is opened, from whoever has it, and keeps it
        """;

    /// <summary>The longest time-out in seconds: a day.</summary>
    internal const int MaximumTimeout = 86_400;

    private const string PathHint = "write 'rbd/pool/image' or 'rbd/pool/namespace/image'";

    /// <summary>Name of the pool.</summary>
    public required string Pool { get; init; }

    /// <summary>Namespace in the pool; empty for the default one.</summary>
    public string Namespace { get; init; } = string.Empty;

    /// <summary>Name of the image.</summary>
    public required string Image { get; init; }

    /// <summary>Name of the snapshot, or null for the image itself.</summary>
    public string? Snapshot { get; init; }

    /// <summary>Time in seconds after which an operation fails; null for the cluster's setting.</summary>
    public int? OperationTimeout { get; init; }

    /// <summary>Absolute path of Ceph's configuration file; null for the library's usual places.</summary>
    public string? ConfigurationFile { get; init; }

    /// <summary>Ceph user without <c>client.</c>; null for the library's choice, admin.</summary>
    public string? Id { get; init; }

    /// <summary>Whether the administrator wants the disk write-protected.</summary>
    public bool IsMarkedReadOnly { get; init; }

    /// <summary>Whether a missing image is made.</summary>
    public bool MayCreate { get; init; }

    /// <summary>Whether the connection may be shared with other disks.</summary>
    public bool IsShared { get; init; }

    /// <summary>Whether the disk takes the exclusive lock for itself, instead of passing it on to whoever writes.</summary>
    public bool KeepsLock { get; init; }

    /// <summary>Whether the disk is write-protected: a snapshot never changes.</summary>
    public bool IsReadOnly => IsMarkedReadOnly || Snapshot is not null;

    /// <summary><c>pool[/namespace]/image[@snapshot]</c>, as Ceph's tools write it.</summary>
    public string Specification =>
        (Namespace.Length == 0 ? $"{Pool}/{Image}" : $"{Pool}/{Namespace}/{Image}") + (Snapshot is null ? string.Empty : "@" + Snapshot);

    /// <summary>Looks at the words only, never at a cluster: any user of D-Bus may ask.</summary>
    public static bool TryParse(
        ConfigurationString text,
        [NotNullWhen(true)] out RbdConfiguration? configuration,
        [NotNullWhen(false)] out string? reason)
    {
        RbdConfiguration? parsed = ParsePath(text.Path, out reason);
        foreach ((string key, string? value) in text.Options)
        {
            parsed = parsed is null ? null : ParseOption(parsed, key, value, out reason);
        }

        if (parsed is { IsReadOnly: true, MayCreate: true })
        {
            reason = "The option 'create' does not go with a read-only disk: a new image would have nothing to read.";
        }

        if (parsed is { KeepsLock: true } and ({ IsReadOnly: true } or { IsShared: true }))
        {
            reason = "The option 'lock' goes neither with a read-only disk nor with 'share': who loses the lock loses the whole connection.";
        }

        configuration = reason is null ? parsed : null;
        reason ??= configuration is null ? $"'{text}' is not understood." : null;
        return configuration is not null;
    }

    private static RbdConfiguration? ParsePath(string path, out string? reason)
    {
        string[] parts = path.Split('/');
        string last = parts[^1];
        int at = last.IndexOf('@', StringComparison.Ordinal);
        string image = at < 0 ? last : last[..at];
        string? snapshot = at < 0 ? null : last[(at + 1)..];
        reason = (parts.Length, snapshot) switch
        {
            (not (2 or 3), _) => $"'{path}' is no name of an image; {PathHint}.",
            (_, "") => $"The name of the snapshot is missing behind '@' in '{path}'.",
            _ when parts[0].Length == 0 => $"The name of the pool is missing in '{path}'; {PathHint}.",
            (3, _) when parts[1].Length == 0 => $"The namespace is empty in '{path}'; {PathHint}.",
            _ when image.Length == 0 => $"The name of the image is missing in '{path}'; {PathHint}.",
            _ when path.IndexOf('@', StringComparison.Ordinal) != path.LastIndexOf('@') || path[..^last.Length].Contains('@', StringComparison.Ordinal) =>
                $"'{path}' has an '@' in the wrong place; it stands once, between image and snapshot.",
            _ => null,
        };
        return reason is null
            ? new RbdConfiguration { Pool = parts[0], Namespace = parts.Length == 3 ? parts[1] : string.Empty, Image = image, Snapshot = snapshot }
            : null;
    }

    private static RbdConfiguration? ParseOption(RbdConfiguration parsed, string key, string? value, out string? reason)
    {
        reason = null;
        switch (key, value)
        {
            case ("ro", null):
                return parsed with { IsMarkedReadOnly = true };
            case ("create", null):
                return parsed with { MayCreate = true };
            case ("share", null):
                return parsed with { IsShared = true };
            case ("lock", null):
                return parsed with { KeepsLock = true };
            case ("osd_op_timeout", { Length: > 0 }):
                if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds is > 0 and <= MaximumTimeout)
                {
                    return parsed with { OperationTimeout = seconds };
                }

                reason = $"'osd_op_timeout={value}' is no number of seconds from 1 to {MaximumTimeout}.";
                return null;
            case ("conf", { Length: > 0 }):
                if (value[0] == '/')
                {
                    return parsed with { ConfigurationFile = value };
                }

                reason = $"'conf={value}' is no absolute path.";
                return null;
            case ("id", { Length: > 0 }):
                if (!value.StartsWith("client.", StringComparison.Ordinal))
                {
                    return parsed with { Id = value };
                }

                reason = $"'id={value}' must not begin with 'client.'; write 'id={value["client.".Length..]}'.";
                return null;
            case ("ro" or "create" or "share" or "lock", _):
                reason = $"The option '{key}' of the rbd handler takes no value.";
                return null;
            case ("osd_op_timeout" or "conf" or "id", _):
                reason = $"The option '{key}' of the rbd handler needs a value, as in '{key}=...'.";
                return null;
            default:
                reason = $"The rbd handler has no option '{key}'; it knows osd_op_timeout, conf, id, ro, create, share and lock.";
                return null;
        }
    }
}
