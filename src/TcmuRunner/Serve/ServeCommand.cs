// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.Configuration;
using TcmuRunner.Handlers;
using TcmuRunner.Iscsi;
using TcmuRunner.Iscsi.Targets;
using TcmuRunner.Logging;
using TcmuRunner.Scsi;
using TcmuRunner.Targets;

namespace TcmuRunner.Serve;

/// <summary><c>tcmu-runner serve</c>: disks over iSCSI with nothing set up before. The log goes to standard error.</summary>
internal static class ServeCommand
{
    /// <summary>Serves until a signal says stop.</summary>
    /// <returns>The exit status.</returns>
    /// <exception cref="DaemonException">A disk or a portal cannot be opened.</exception>
    internal static async Task<int> RunAsync(ServeArguments arguments)
    {
        using var output = new LogOutput(interactive: true);
        LogVerbosity verbosity = arguments.Debug ? LogVerbosity.DebugScsiCommands : LogVerbosity.Warning;
        using var factory = new SerilogLoggerFactory(
            new LoggerConfiguration()
                .MinimumLevel.Is(LogOutput.ToLevel(verbosity))
                .WriteTo.Async(sinks => sinks.Sink(output))
                .CreateLogger(),
            dispose: true);
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration terminate = Register(PosixSignal.SIGTERM, stop);
        using PosixSignalRegistration interrupt = Register(PosixSignal.SIGINT, stop);

        var catalog = new HandlerCatalog();
        new HandlerLoader(factory.CreateLogger<HandlerLoader>()).Load(arguments.HandlerPath, catalog);
        var options = new IscsiFrontOptions();
        var units = new List<LogicalUnit>();
        await using var front = new IscsiFront(options, factory.CreateLogger<IscsiFront>());
        try
        {
            if (arguments.TargetsFile is { } file)
            {
                return await ServeFileAsync(file, options, catalog, factory, stop.Task);
            }

            foreach (ServedDisk disk in arguments.Disks)
            {
                var storage = new StorageDescription(
                    disk.Configuration,
                    disk.Configuration,
                    disk.SizeBytes,
                    disk.BlockSizeBytes,
                    SerialNumber(arguments.Target, disk.Configuration),
                    null,
                    disk.IsRemovable);
                units.Add(await UnitOpener.OpenAsync(
                    storage, front, options, catalog, factory, arguments.StateDirectory, monitor: null, CancellationToken.None));
            }

            await front.StartAsync(CancellationToken.None);
            await front.ApplyAsync(ConfigurationOf(arguments, units), CancellationToken.None);
            Announce(arguments.Target, front.Portals, units);
            await stop.Task;
        }
        catch (Exception exception) when (exception is HandlerException or IscsiException)
        {
            throw new DaemonException(DaemonErrorKind.CannotServe, exception.Message, exception);
        }
        finally
        {
            await front.StopAsync(CancellationToken.None);
            foreach (LogicalUnit unit in units)
            {
                await unit.DisposeAsync();
            }
        }

        return 0;
    }

    private static async Task<int> ServeFileAsync(
        string path, IscsiFrontOptions options, HandlerCatalog catalog, ILoggerFactory factory, Task stop)
    {
        await using var service = new TargetsService(path, options, catalog, factory);
        await service.StartAsync(CancellationToken.None);
        if (service.Front is null)
        {
            throw new DaemonException(DaemonErrorKind.TargetsFile, $"{path}: There is no such file.");
        }

        foreach (TargetNode node in service.Front.Configuration.Nodes)
        {
            foreach (PortalGroup group in node.PortalGroups)
            {
                Console.WriteLine($"{node.Name}   {string.Join(", ", group.Portals.Select(portal => portal.EndPoint))}, {group.Luns.Count} LUNs");
            }
        }

        Console.Out.Flush();
        await stop;
        return 0;
    }

    private static PosixSignalRegistration Register(PosixSignal signal, TaskCompletionSource stop) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        stop.TrySetResult();
    });

    // The same disk has the same serial number in every life of the program: initiators know it by that.
    private static string SerialNumber(string target, string configuration) =>
        new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{target}\n{configuration}")).AsSpan(0, 16), bigEndian: true).ToString();

    private static TargetConfiguration ConfigurationOf(ServeArguments arguments, List<LogicalUnit> units)
    {
        var group = new PortalGroup
        {
            Tag = 1,
            Portals = [.. arguments.PortalsOrDefault.Select(endPoint => new Portal(endPoint))],
            Luns = [.. units.Select((unit, number) => new LunMapping((ushort)number, unit))],
            AllowsAnyInitiator = true,
        };
        return new TargetConfiguration { Nodes = [new TargetNode { Name = arguments.Target, PortalGroups = [group] }] };
    }

    // One line for each disk, as qemu-img, iscsi-ls and others take it.
    private static void Announce(string target, IReadOnlyList<IPEndPoint> portals, List<LogicalUnit> units)
    {
        for (int number = 0; number < units.Count; number++)
        {
            foreach (IPEndPoint portal in portals)
            {
                Console.WriteLine($"iscsi://{Reachable(portal)}/{target}/{number}   {units[number].Name}, {units[number].BlockCount * units[number].BlockSizeBytes} bytes");
            }
        }

        Console.Out.Flush();
    }

    private static IPEndPoint Reachable(IPEndPoint portal) => portal.Address switch
    {
        var address when address.Equals(IPAddress.Any) => new IPEndPoint(IPAddress.Loopback, portal.Port),
        var address when address.Equals(IPAddress.IPv6Any) => new IPEndPoint(IPAddress.IPv6Loopback, portal.Port),
        _ => portal,
    };
}
