// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Handlers.Glfs;

/// <summary>The connections of this process: one for each volume, shared by all its disks. Thread safe.</summary>
/// <remarks>
/// A connection stays for the life of the process: <c>glfs_fini</c> takes ten seconds, and has a record of bringing its process down. A disk that is
/// closed and opened again, as in a restart of a target, is there at once.
/// </remarks>
internal static class ConnectionPool
{
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<GlfsVolume, Entry> s_entries = [];

    /// <summary>Gives a volume's connection. Blocks while it is made.</summary>
    /// <exception cref="Abstractions.HandlerException">The volume cannot be reached; the next call tries again.</exception>
    public static GlfsConnection Get(GlfsVolume volume, string device, ILogger logger)
    {
        Entry entry;
        lock (s_lock)
        {
            if (!s_entries.TryGetValue(volume, out entry!))
            {
                s_entries.Add(volume, entry = new Entry());
            }
        }

        // Nobody sees a connection before it works: whoever comes first connects, the others wait for that.
        lock (entry.Connecting)
        {
            return entry.Connection ??= GlfsConnection.Connect(volume, device, logger);
        }
    }

    private sealed class Entry
    {
        public Lock Connecting { get; } = new();

        public GlfsConnection? Connection { get; set; }
    }
}
