// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>A connection to a cluster. Owned by a <see cref="ConnectionPool"/>; thread safe.</summary>
/// <remarks>Every member that asks the cluster blocks until it answers.</remarks>
internal sealed unsafe partial class RadosConnection : IDisposable
{
    // How long connecting may take where the configuration leaves the library's own five minutes: the daemon has other disks to open.
    private const string MountTimeoutKey = "client_mount_timeout";
    private const int LibraryMountTimeout = 300;
    private const int MountTimeout = 30;

    private nint _cluster;

    private RadosConnection(nint cluster, string name)
    {
        _cluster = cluster;
        Name = name;
    }

    /// <summary>The cluster's handle, valid until disposed.</summary>
    public nint Handle => _cluster;

    /// <summary>User and configuration file, for messages.</summary>
    public string Name { get; }

    /// <summary>Connects.</summary>
    /// <exception cref="HandlerException">It does not work, with what an administrator can do about it.</exception>
    public static RadosConnection Connect(RbdConfiguration configuration, string device, ILogger logger)
    {
        string name = $"client.{configuration.Id ?? "admin"}, configuration {configuration.ConfigurationFile ?? "in the usual places"}";
        int result = LibRados.rados_create(out nint cluster, configuration.Id);
        if (result < 0)
        {
            throw Failed(device, name, "a connection cannot be set up", result, HandlerErrorKind.Failed);
        }

        var connection = new RadosConnection(cluster, name);
        try
        {
            connection.Configure(configuration, device, logger);
            result = LibRados.rados_connect(cluster);
            return result < 0 ? throw ConnectFailed(device, name, result, configuration) : connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A setting of Ceph's, or null where there is none of that name.</summary>
    public string? GetSetting(string key)
    {
        const int Length = 1024;
        byte* value = stackalloc byte[Length];
        return LibRados.rados_conf_get(_cluster, key, value, Length) < 0 ? null : Marshal.PtrToStringUTF8((nint)value);
    }

    /// <summary>A setting that is a whole number, or zero.</summary>
    public int GetNumber(string key) =>
        double.TryParse(GetSetting(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is > 0 and < int.MaxValue ? (int)value : 0;

    /// <summary>Sends a command to the monitors.</summary>
    /// <param name="json">The command.</param>
    /// <param name="output">What it printed.</param>
    /// <returns>Zero or a negative errno.</returns>
    public int Command(string json, out string output)
    {
        byte* outbuf = null;
        byte* status = null;
        nuint outlen = 0;
        nuint statuslen = 0;
        fixed (byte* text = Text(json))
        {
            byte* command = text;
            int result = LibRados.rados_mon_command(_cluster, &command, 1, null, 0, &outbuf, &outlen, &status, &statuslen);
            output = outbuf is null ? string.Empty : Encoding.UTF8.GetString(outbuf, (int)outlen);
            LibRados.rados_buffer_free(outbuf);
            LibRados.rados_buffer_free(status);
            return result;
        }
    }

    /// <summary>The addresses under which the cluster knows this connection, as in <c>127.0.0.1:0/123</c>; none where the library does not say.</summary>
    public string[] GetAddresses()
    {
        byte* text = null;
        if (LibRados.rados_getaddrs is null || LibRados.rados_getaddrs(_cluster, &text) < 0 || text is null)
        {
            return [];
        }

        string addresses = Marshal.PtrToStringUTF8((nint)text)!;
        NativeMemory.Free(text);
        return addresses.Trim('[', ']').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    /// <summary>Makes this connection known to the cluster's manager as a service; once for each connection.</summary>
    /// <returns>Zero or a negative errno; zero too where the library cannot.</returns>
    public int RegisterService(string service, string name, string dictionary)
    {
        fixed (byte* serviceText = Text(service), nameText = Text(name), dictionaryText = Text(dictionary))
        {
            return LibRados.rados_service_register is null ? 0 : LibRados.rados_service_register(_cluster, serviceText, nameText, dictionaryText);
        }
    }

    /// <summary>Tells the manager how the service is.</summary>
    /// <returns>Zero or a negative errno; zero too where the library cannot.</returns>
    public int UpdateServiceStatus(string dictionary)
    {
        fixed (byte* text = Text(dictionary))
        {
            return LibRados.rados_service_update_status is null ? 0 : LibRados.rados_service_update_status(_cluster, text);
        }
    }

    /// <summary>Disconnects; nothing may use the connection any more. Safe to call twice.</summary>
    public void Dispose()
    {
        nint cluster = Interlocked.Exchange(ref _cluster, 0);
        if (cluster != 0)
        {
            LibRados.rados_shutdown(cluster);
        }
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text + "\0");

    private void Configure(RbdConfiguration configuration, string device, ILogger logger)
    {
        int result = LibRados.rados_conf_read_file(_cluster, configuration.ConfigurationFile);
        if (result < 0 && configuration.ConfigurationFile is { } file)
        {
            throw Failed(
                device,
                Name,
                result == -NativeErrno.ENOENT ? $"there is no file '{file}'" : $"'{file}' cannot be read or understood",
                result,
                HandlerErrorKind.InvalidConfiguration);
        }

        // A write is durable when it completes, as the disk promises; an image's own setting may still differ and is looked at after opening.
        Set("rbd_cache", "false", device, logger);
        if (GetNumber(MountTimeoutKey) is 0 or LibraryMountTimeout)
        {
            Set(MountTimeoutKey, MountTimeout.ToString(CultureInfo.InvariantCulture), device, logger);
        }

        const string timeoutKey = "rados_osd_op_timeout";
        int detection = GetNumber("osd_heartbeat_grace") + GetNumber("osd_heartbeat_interval");
        int? timeout = OperationTimeout.Decide(configuration.OperationTimeout, GetNumber(timeoutKey), detection);
        if (configuration.OperationTimeout is { } wanted && wanted != timeout)
        {
            Log.TimeoutTooShort(logger, device, wanted, timeout ?? GetNumber(timeoutKey), detection);
        }

        if (timeout is { } seconds)
        {
            Set(timeoutKey, seconds.ToString(CultureInfo.InvariantCulture), device, logger);
        }
    }

    private void Set(string key, string value, string device, ILogger logger)
    {
        int result = LibRados.rados_conf_set(_cluster, key, value);
        if (result < 0)
        {
            Log.SettingRefused(logger, device, key, value, -result);
        }
    }

    private static HandlerException ConnectFailed(string device, string name, int result, RbdConfiguration configuration)
    {
        string user = $"client.{configuration.Id ?? "admin"}";
        (string what, HandlerErrorKind kind) = -result switch
        {
            NativeErrno.EACCES or NativeErrno.EPERM => ($"the monitors refuse the key of {user}: compare its keyring with 'ceph auth get {user}'", HandlerErrorKind.AccessDenied),
            NativeErrno.ENOENT => (
                $"no key of {user} was found, or no monitor is named: check 'keyring' and 'mon_host' in the configuration file", HandlerErrorKind.AccessDenied),
            NativeErrno.EINVAL => ("the configuration names no monitor or contradicts itself: check 'mon_host'", HandlerErrorKind.InvalidConfiguration),
            NativeErrno.ETIMEDOUT => ("the monitors do not answer: check 'mon_host', the network, and that a quorum of them runs", HandlerErrorKind.TimedOut),
            _ => ("the cluster cannot be reached", HandlerErrorKind.Failed),
        };
        return Failed(device, name, what, result, kind);
    }

    private static HandlerException Failed(string device, string name, string what, int result, HandlerErrorKind kind) =>
        new(kind, $"{device}: Ceph as {name}: {what} (error {-result}, {Marshal.GetPInvokeErrorMessage(-result)}).");
}
