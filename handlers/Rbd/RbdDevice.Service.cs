// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <content>What the cluster is told of this disk.</content>
internal sealed partial class RbdDevice
{
    // As often as ceph-iscsi looks.
    private static readonly TimeSpan s_reportInterval = TimeSpan.FromSeconds(10);
    private Task _reporting = Task.CompletedTask;

    /// <summary>The addresses under which the cluster knows this disk's connection at the moment.</summary>
    internal string[] Addresses => _image.Lease.Connection.GetAddresses();

    /// <summary>The counters as they stand. Blocks.</summary>
    internal ServiceStatus ReadStatus() => ReadStatus(_image);

    /// <summary>The counters as they stand; whether this gateway holds the lock is asked from the cluster. Blocks.</summary>
    private ServiceStatus ReadStatus(RbdImage image) => new(
        !_configuration.IsReadOnly && ImageLock.IsOwner(image.Handle),
        Interlocked.Read(ref _lockLost),
        Interlocked.Read(ref _connectionLost),
        Interlocked.Read(ref _timedOut));

    /// <summary>Starts to tell the manager; a shared connection can stand for one disk only, and stands for none.</summary>
    internal void StartReporting() => _reporting = _image.Lease.IsShared ? Task.CompletedTask : Task.Run(ReportAsync);

    private async Task ReportAsync()
    {
        RbdImage? registered = null;
        ServiceStatus? told = null;
        using var timer = new PeriodicTimer(s_reportInterval);
        try
        {
            do
            {
                RbdImage image = _image;
                if (!image.TryEnter())
                {
                    continue;
                }

                try
                {
                    ServiceStatus? last = registered == image ? told : null;
                    told = await BlockingCall.RunAsync(() => Report(image, last)).ConfigureAwait(false);
                    registered = image;
                }
                finally
                {
                    image.Exit();
                }
            }
            while (await timer.WaitForNextTickAsync(_closing.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The disk is being closed; the manager notices that its connection has gone.
            return;
        }
    }

    private ServiceStatus Report(RbdImage image, ServiceStatus? last)
    {
        ServiceStatus now = ReadStatus(image);
        if (now == last)
        {
            return now;
        }

        RadosConnection connection = image.Lease.Connection;
        string gateway = Environment.MachineName;
        int result = 0;
        if (last is null)
        {
            string name = $"{gateway}:{_configuration.Pool}/{_configuration.Image}";
            result = connection.RegisterService("tcmu-runner", name, ServiceStatus.Registration(_configuration, image.Facts.Id, gateway));
        }

        result = result < 0 ? result : connection.UpdateServiceStatus(now.ToDictionary());
        if (result < 0)
        {
            Log.CannotReport(_logger, _name, -result);
        }

        return now;
    }
}
