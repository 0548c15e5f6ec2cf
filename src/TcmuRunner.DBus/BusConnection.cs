// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using TcmuRunner.DBus.Native;
using TcmuRunner.DBus.Objects;

namespace TcmuRunner.DBus;

/// <summary>A connection to a bus, for calling others and for serving an <see cref="ObjectTree"/>. Its methods may be called on any
/// thread.</summary>
/// <remarks>
/// One thread (<c>dbus</c>) owns the bus of sd-bus and everything that belongs to it; all others hand it work. Whatever is under way when
/// the connection ends fails with <see cref="BusErrorKind.Disconnected"/>.
/// </remarks>
public sealed partial class BusConnection : IAsyncDisposable
{
    private readonly string? _address;
    private readonly ObjectTree? _tree;
    private readonly WakeUp _wakeUp = new();
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<BusException?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guards the end of the queue: what is posted before it runs on the bus thread, what comes later is refused.
    private readonly Lock _sync = new();
    private bool _isClosed;
    private volatile bool _isClosing;

    // Only the bus thread uses these.
    private readonly HashSet<PendingCall> _pending = [];
    private readonly HashSet<SignalMatch> _matches = [];
    private GCHandle _self;
    private nint _bus;

    private BusConnection(string? address, ObjectTree? tree)
    {
        _address = address;
        _tree = tree;
    }

    /// <summary>Ends when the connection has ended: null when it was disposed, otherwise why.</summary>
    public Task<BusException?> Ended => _ended.Task;

    /// <summary>Our unique name on the bus.</summary>
    public string UniqueName { get; private set; } = "";

    /// <summary>Connects to a bus.</summary>
    /// <param name="address">Its address; null for the system bus, as <c>DBUS_SYSTEM_BUS_ADDRESS</c> or the system names it.</param>
    /// <param name="tree">The objects to serve; null for none.</param>
    /// <exception cref="BusException">There is no libsystemd, or no bus, or it let us not in.</exception>
    public static async Task<BusConnection> ConnectAsync(string? address, ObjectTree? tree = null)
    {
        var connection = new BusConnection(address, tree);
        new Thread(connection.Run) { Name = "dbus", IsBackground = true }.Start();
        await connection._connected.Task.ConfigureAwait(false);
        return connection;
    }

    /// <summary>Ends the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        _isClosing = true;
        Wake();
        await _ended.Task.ConfigureAwait(false);
    }

    /// <summary>Runs something on the bus thread.</summary>
    /// <returns>False when the connection has ended; it does not run then.</returns>
    private bool Post(Action action)
    {
        lock (_sync)
        {
            if (_isClosed)
            {
                return false;
            }

            _posted.Enqueue(action);
            _wakeUp.Set();
            return true;
        }
    }

    private void Wake()
    {
        lock (_sync)
        {
            if (!_isClosed)
            {
                _wakeUp.Set();
            }
        }
    }

    private Task<T> OnBusThreadAsync<T>(Func<T> function)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool isPosted = Post(() =>
        {
            try
            {
                if (_bus == 0)
                {
                    throw Disconnected();
                }

                result.SetResult(function());
            }
            catch (Exception exception)
            {
                result.SetException(exception);
            }
        });
        return isPosted ? result.Task : Task.FromException<T>(Disconnected());
    }

    private void Run()
    {
        BusException? failure = null;
        try
        {
            Open();
            _connected.SetResult();
            failure = Loop();
        }
        catch (Exception exception)
        {
            failure = exception as BusException ?? new BusException(BusErrorKind.Disconnected, exception.Message, exception);
        }

        Close();
        if (failure is not null && _connected.TrySetException(failure))
        {
            _ = _connected.Task.Exception;
        }

        _ended.SetResult(failure);
    }

    private unsafe void Open()
    {
        int result;
        try
        {
            result = _address is null ? LibSystemd.BusOpenSystem(out _bus) : OpenAt(_address);
        }
        catch (DllNotFoundException exception)
        {
            throw new BusException(
                BusErrorKind.LibraryMissing, $"D-Bus needs {LibSystemd.Library}: install the package libsystemd0 (systemd-libs).", exception);
        }

        // Waits until the bus has said hello.
        byte* name = null;
        result = result < 0 ? result : LibSystemd.BusGetUniqueName(_bus, out name);
        if (result < 0)
        {
            throw new BusException(
                BusErrorKind.Unavailable, $"There is no {(_address is null ? "system bus" : $"bus at '{_address}'")} (errno {-result}): is dbus running?");
        }

        UniqueName = LibSystemd.Text((nint)name)!;
        _self = GCHandle.Alloc(this);
        if (_tree is not null)
        {
            Check(LibSystemd.BusAddFallback(_bus, out _, "/", &OnCall, GCHandle.ToIntPtr(_self)), "Objects cannot be served");
            _tree.Signalled += Emit;
        }
    }

    private int OpenAt(string address)
    {
        int result = LibSystemd.BusNew(out _bus);
        result = result < 0 ? result : LibSystemd.BusSetAddress(_bus, address);
        result = result < 0 ? result : LibSystemd.BusSetBusClient(_bus, 1);
        return result < 0 ? result : LibSystemd.BusStart(_bus);
    }

    /// <returns>Why it ended; null when we wanted it.</returns>
    private BusException? Loop()
    {
        while (!_isClosing)
        {
            while (_posted.TryDequeue(out Action? action))
            {
                action();
            }

            int result;
            while ((result = LibSystemd.BusProcess(_bus, 0)) > 0)
            {
            }

            if (result < 0)
            {
                return new BusException(BusErrorKind.Disconnected, $"The bus has closed the connection (errno {-result}).");
            }

            if (_posted.IsEmpty)
            {
                Wait();
            }
        }

        return null;
    }

    private unsafe void Wait()
    {
        int events = Check(LibSystemd.BusGetEvents(_bus), "The bus cannot be watched");
        Check(LibSystemd.BusGetTimeout(_bus, out ulong due), "The bus cannot be watched");
        Libc.PollFd* descriptors = stackalloc Libc.PollFd[2];
        descriptors[0] = new Libc.PollFd { Descriptor = LibSystemd.BusGetFd(_bus), Events = (short)events };
        descriptors[1] = new Libc.PollFd { Descriptor = _wakeUp.Descriptor, Events = Libc.PollIn };

        // EINTR is a spurious wake-up.
        Libc.Poll(descriptors, 2, MillisecondsUntil(due));
        if (descriptors[1].ReturnedEvents != 0)
        {
            _wakeUp.Reset();
        }
    }

    // Stopwatch counts CLOCK_MONOTONIC, as sd-bus does.
    private static int MillisecondsUntil(ulong due)
    {
        if (due == ulong.MaxValue)
        {
            return -1;
        }

        double now = Stopwatch.GetTimestamp() * (1e6 / Stopwatch.Frequency);
        return (int)Math.Clamp(Math.Ceiling((due - now) / 1000), 0, int.MaxValue);
    }

    private void Close()
    {
        _tree?.Signalled -= Emit;
        lock (_sync)
        {
            _isClosed = true;
        }

        // What was posted before that runs still, and finds that there is no bus, or lets go of its messages.
        nint bus = _bus;
        if (_isClosing)
        {
            RunPosted();
        }

        _bus = 0;
        RunPosted();
        foreach (PendingCall call in _pending.ToArray())
        {
            call.Fail(Disconnected());
        }

        foreach (SignalMatch match in _matches.ToArray())
        {
            match.Release();
        }

        if (bus != 0)
        {
            LibSystemd.BusFlushCloseUnref(bus);
        }

        if (_self.IsAllocated)
        {
            _self.Free();
        }

        _wakeUp.Dispose();
    }

    private void RunPosted()
    {
        while (_posted.TryDequeue(out Action? action))
        {
            action();
        }
    }

    private static BusException Disconnected() => new(BusErrorKind.Disconnected, "The connection to the bus has ended.");

    private static int Check(int result, string what) => result >= 0
        ? result
        : throw new BusException(BusErrorKind.Protocol, $"{what} (errno {-result}).");
}
