// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TcmuRunner.DBus.Native;
using TcmuRunner.DBus.Wire;

namespace TcmuRunner.DBus;

/// <content>Calling others.</content>
public sealed partial class BusConnection
{
    private const string BusName = "org.freedesktop.DBus", BusPath = "/org/freedesktop/DBus";

    /// <summary>How long a call waits for its answer unless it says otherwise: as long as libdbus does.</summary>
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromSeconds(25);

    /// <summary>Owns a name on the bus.</summary>
    /// <exception cref="BusException">Another program has it, or the bus' policy does not let us.</exception>
    public Task RequestNameAsync(string name) => OnBusThreadAsync(() =>
    {
        const int Exists = 17, Already = 114, NotPermitted = 1, AccessDenied = 13;
        int result = LibSystemd.BusRequestName(_bus, name, 0);
        return -result switch
        {
            <= 0 or Already => true,
            Exists => throw new BusException(BusErrorKind.NameRefused, $"The bus name {name} belongs to another program."),
            NotPermitted or AccessDenied => throw new BusException(
                BusErrorKind.NameRefused, $"The bus does not let us have the name {name}: install the policy file tcmu-runner.conf and run as root."),
            _ => throw new BusException(BusErrorKind.Disconnected, $"The bus name {name} could not be requested (errno {-result})."),
        };
    });

    /// <summary>Calls a method.</summary>
    /// <param name="destination">The name on the bus.</param>
    /// <param name="path">The object.</param>
    /// <param name="interfaceName">The interface.</param>
    /// <param name="member">The method.</param>
    /// <param name="signature">The types of the arguments.</param>
    /// <param name="arguments">One for each of these types.</param>
    /// <param name="timeout">How long to wait; default <see cref="DefaultTimeout"/>.</param>
    /// <returns>What it answers; see <see cref="BusSignature"/>.</returns>
    /// <exception cref="BusException">It answers with an error, or not.</exception>
    public async Task<object[]> CallAsync(
        string destination, string path, string interfaceName, string member, string signature = "", object[]? arguments = null, TimeSpan? timeout = null)
    {
        PendingCall call = await OnBusThreadAsync(() =>
        {
            Check(
                LibSystemd.MessageNewMethodCall(_bus, out nint message, destination, path, interfaceName, member),
                $"A call of {interfaceName}.{member} cannot be made");
            try
            {
                MessageWriter.Write(message, signature, arguments ?? []);
                return new PendingCall(this, message, timeout ?? DefaultTimeout);
            }
            finally
            {
                LibSystemd.MessageUnref(message);
            }
        }).ConfigureAwait(false);
        return await call.Answer.ConfigureAwait(false);
    }

    /// <summary>The unique name of the owner of a name; null when nobody owns it.</summary>
    public async Task<string?> GetNameOwnerAsync(string name)
    {
        try
        {
            object[] answer = await CallAsync(BusName, BusPath, BusName, "GetNameOwner", "s", [name]).ConfigureAwait(false);
            return (string)answer[0];
        }
        catch (BusException exception) when (exception.ErrorName == BusErrorName.NameHasNoOwner)
        {
            return null;
        }
    }

    /// <summary>Follows the owner of a name until the result is disposed or the connection ends.</summary>
    /// <param name="name">The name.</param>
    /// <param name="changed">Gets the new owner, empty for none; called on the bus thread, which it must not keep.</param>
    public Task<IDisposable> WatchNameAsync(string name, Action<string> changed) => WatchAsync(
        $"type='signal',sender='{BusName}',interface='{BusName}',member='NameOwnerChanged',arg0='{name}'",
        signal => changed((string)signal.Arguments[2]));

    /// <summary>Follows signals until the result is disposed or the connection ends.</summary>
    /// <param name="rule">Which ones: a match rule of the D-Bus specification.</param>
    /// <param name="received">Gets each; called on the bus thread, which it must not keep.</param>
    public Task<IDisposable> WatchAsync(string rule, Action<ReceivedSignal> received) =>
        OnBusThreadAsync(IDisposable () => new SignalMatch(this, rule, received));

    /// <summary>A call that waits for its answer. Made and ended on the bus thread.</summary>
    private sealed unsafe class PendingCall
    {
        private readonly TaskCompletionSource<object[]> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly BusConnection _connection;
        private readonly GCHandle _self;
        private readonly nint _slot;

        internal PendingCall(BusConnection connection, nint message, TimeSpan timeout)
        {
            _connection = connection;
            _self = GCHandle.Alloc(this);
            int result = LibSystemd.BusCallAsync(
                connection._bus, out _slot, message, &OnAnswer, GCHandle.ToIntPtr(_self), (ulong)timeout.TotalMicroseconds);
            if (result < 0)
            {
                _self.Free();
                throw new BusException(BusErrorKind.Disconnected, $"A call could not be sent (errno {-result}).");
            }

            connection._pending.Add(this);
        }

        internal Task<object[]> Answer => _answer.Task;

        internal void Fail(Exception exception)
        {
            Release();
            _answer.TrySetException(exception);
        }

        private void Release()
        {
            if (_connection._pending.Remove(this))
            {
                LibSystemd.SlotUnref(_slot);
                _self.Free();
            }
        }

        [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
        private static int OnAnswer(nint message, nint userdata, nint error)
        {
            var call = (PendingCall)GCHandle.FromIntPtr(userdata).Target!;
            try
            {
                LibSystemd.Error* failure = LibSystemd.MessageGetError(message);
                if (failure != null)
                {
                    call.Fail(new BusException(LibSystemd.Text(failure->Name)!, LibSystemd.Text(failure->Message) ?? "The call failed."));
                }
                else
                {
                    object[] values = MessageReader.ReadAll(message);
                    call.Release();
                    call._answer.TrySetResult(values);
                }
            }
            catch (Exception exception)
            {
                call.Fail(exception);
            }

            return 1;
        }
    }

    /// <summary>Signals that are followed. Made and released on the bus thread; disposed on any.</summary>
    private sealed unsafe class SignalMatch : IDisposable
    {
        private readonly BusConnection _connection;
        private readonly Action<ReceivedSignal> _received;
        private readonly GCHandle _self;
        private readonly nint _slot;

        internal SignalMatch(BusConnection connection, string rule, Action<ReceivedSignal> received)
        {
            _connection = connection;
            _received = received;
            _self = GCHandle.Alloc(this);
            int result = LibSystemd.BusAddMatch(connection._bus, out _slot, rule, &OnSignal, GCHandle.ToIntPtr(_self));
            if (result < 0)
            {
                _self.Free();
                throw new BusException(BusErrorKind.Protocol, $"The signals '{rule}' cannot be followed (errno {-result}).");
            }

            connection._matches.Add(this);
        }

        // When the connection has ended it has released this.
        public void Dispose() => _connection.Post(Release);

        internal void Release()
        {
            if (_connection._matches.Remove(this))
            {
                LibSystemd.SlotUnref(_slot);
                _self.Free();
            }
        }

        [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
        private static int OnSignal(nint message, nint userdata, nint error)
        {
            try
            {
                var match = (SignalMatch)GCHandle.FromIntPtr(userdata).Target!;
                match._received(new ReceivedSignal(
                    LibSystemd.Text(LibSystemd.MessageGetPath(message))!,
                    LibSystemd.Text(LibSystemd.MessageGetInterface(message))!,
                    LibSystemd.Text(LibSystemd.MessageGetMember(message))!,
                    MessageReader.ReadAll(message)));
                return 0;
            }
            catch (Exception exception) when (exception is BusException or InvalidCastException or IndexOutOfRangeException)
            {
                // A signal that is not what its name says.
                return -Errno.InvalidArgument;
            }
        }
    }
}
