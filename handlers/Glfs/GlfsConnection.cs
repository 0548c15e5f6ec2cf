// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Glfs;

/// <summary>A connection to a volume, for all disks in it. Made by <see cref="ConnectionPool"/>; thread safe.</summary>
internal sealed class GlfsConnection
{
    private const string DefaultLogDirectory = "/var/log";
    private const string LogFile = "tcmu-runner-glfs.log";

    private GlfsConnection(nint handle) => Handle = handle;

    /// <summary>libgfapi's handle.</summary>
    public nint Handle { get; }

    /// <summary>Connects. Blocks.</summary>
    /// <exception cref="HandlerException">It does not work, with what an administrator can do about it.</exception>
    public static GlfsConnection Connect(GlfsVolume volume, string device, ILogger logger)
    {
        nint handle = LibGfapi.glfs_new(volume.Name);
        if (handle == 0)
        {
            throw new HandlerException(HandlerErrorKind.Failed, $"{device}: the Gluster volume '{volume}' cannot be set up ({Describe(Marshal.GetLastPInvokeError())}).");
        }

        foreach (GlfsServer server in volume.Servers)
        {
            if (LibGfapi.glfs_set_volfile_server(handle, server.Transport, server.Host, server.Port) < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                _ = LibGfapi.glfs_fini(handle);
                throw new HandlerException(HandlerErrorKind.InvalidConfiguration, $"{device}: Gluster's library refuses the server '{server}' ({Describe(errno)}).");
            }
        }

        string directory = Environment.GetEnvironmentVariable("TCMU_LOGDIR") is { Length: > 0 } given ? given : DefaultLogDirectory;
        string log = Path.Combine(directory, LogFile);
        if (LibGfapi.glfs_set_logging(handle, log, LibGfapi.GF_LOG_INFO) < 0)
        {
            Log.CannotLog(logger, device, log);
        }

        if (LibGfapi.glfs_init(handle) < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            _ = LibGfapi.glfs_fini(handle);
            throw errno switch
            {
                NativeErrno.ENOENT => new HandlerException(
                    HandlerErrorKind.NotFound, $"{device}: there is no Gluster volume '{volume.Name}' at {string.Join(", ", volume.Servers)}, or it is stopped."),
                NativeErrno.ENOTCONN or NativeErrno.ETIMEDOUT => new HandlerException(
                    HandlerErrorKind.TimedOut, $"{device}: no Gluster server answers at {string.Join(", ", volume.Servers)}: check name, port, and that glusterd and the bricks run."),
                _ => new HandlerException(HandlerErrorKind.Failed, $"{device}: the Gluster volume '{volume}' cannot be reached ({Describe(errno)})."),
            };
        }

        Log.Connected(logger, device, volume.Name);
        return new GlfsConnection(handle);
    }

    /// <summary>An error number in words.</summary>
    public static string Describe(int errno) => $"error {errno}, {Marshal.GetPInvokeErrorMessage(errno)}";
}
