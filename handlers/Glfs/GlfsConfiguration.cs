// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Glfs;

/// <summary>What a <c>glfs/</c> configuration string says: <c>glfs/volume@server[,server...]/path[;option...]</c>.</summary>
internal sealed record GlfsConfiguration
{
    internal const string Help = """
        glfs/volume@server[,server...]/path[;socket=FILE][;ro][;create][;lock]
          server   a host that gives out the volume's description, or host:port (24007); further ones are asked when the first does not answer
          path     a file in the volume
          socket   asks at a Unix socket instead: glfs/volume@/path;socket=/var/run/glusterd.socket
          ro       read-only
          create   makes the file when there is none
          lock     takes a mandatory lock on the file when it is opened, from whoever has it, and keeps it
        """;

    private const string Hint = "write 'glfs/volume@server/path'";

    /// <summary>The volume and where its description comes from: disks that agree in it share a connection.</summary>
    public required GlfsVolume Volume { get; init; }

    /// <summary>Path of the file from the root of the volume, without a slash in front.</summary>
    public required string Path { get; init; }

    /// <summary>Whether the disk is write-protected.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Whether a missing file is made.</summary>
    public bool MayCreate { get; init; }

    /// <summary>Whether the disk takes a mandatory lock.</summary>
    public bool KeepsLock { get; init; }

    /// <summary>Looks at the words only, never at a volume: any user of D-Bus may ask.</summary>
    public static bool TryParse(
        ConfigurationString text,
        [NotNullWhen(true)] out GlfsConfiguration? configuration,
        [NotNullWhen(false)] out string? reason)
    {
        configuration = null;
        reason = CheckOptions(text);
        int at = text.Path.IndexOf('@', StringComparison.Ordinal);
        int slash = text.Path.IndexOf('/', Math.Max(at, 0));
        if (reason is null && (at <= 0 || slash < 0 || text.Path.AsSpan(0, at).Contains('/')))
        {
            reason = $"'{text.Path}' names no volume, server and path; {Hint}.";
        }

        if (reason is not null)
        {
            return false;
        }

        string path = text.Path[(slash + 1)..].TrimStart('/');
        if (path.Length == 0 || path[^1] == '/')
        {
            reason = $"The path of the file is missing in '{text.Path}'; {Hint}.";
            return false;
        }

        ImmutableArray<GlfsServer> servers = ParseServers(text.Path[(at + 1)..slash], text.GetOption("socket"), out reason);
        if (reason is not null)
        {
            return false;
        }

        configuration = new GlfsConfiguration
        {
            Volume = new GlfsVolume(text.Path[..at], servers),
            Path = path,
            IsReadOnly = text.HasOption("ro"),
            MayCreate = text.HasOption("create"),
            KeepsLock = text.HasOption("lock"),
        };
        return true;
    }

    private static string? CheckOptions(ConfigurationString text)
    {
        foreach ((string key, string? value) in text.Options)
        {
            switch (key)
            {
                case "ro" or "create" or "lock" when value is not null:
                    return $"The option '{key}' of the glfs handler takes no value.";
                case "socket" when value is not { Length: > 0 } || value[0] != '/':
                    return "The option 'socket' of the glfs handler needs an absolute path, as in 'socket=/var/run/glusterd.socket'.";
                case "ro" or "create" or "lock" or "socket":
                    break;
                default:
                    return $"The glfs handler has no option '{key}'; it knows socket, ro, create and lock.";
            }
        }

        return text.HasOption("ro") && (text.HasOption("create") || text.HasOption("lock"))
            ? "The option 'ro' goes neither with 'create' nor with 'lock': nothing is written."
            : null;
    }

    private static ImmutableArray<GlfsServer> ParseServers(string text, string? socket, out string? reason)
    {
        reason = null;
        if (socket is not null)
        {
            reason = text.Length > 0 ? $"With 'socket' no server is named, but '{text}' is." : null;
            return [new GlfsServer("unix", socket, 0)];
        }

        var servers = ImmutableArray.CreateBuilder<GlfsServer>();
        foreach (string word in text.Split(','))
        {
            if (!GlfsServer.TryParse(word, out GlfsServer? server))
            {
                reason = $"'{word}' is no server; write a name, an address, or 'host:port' with a port from 1 to 65535.";
                return [];
            }

            servers.Add(server);
        }

        return servers.ToImmutable();
    }
}
