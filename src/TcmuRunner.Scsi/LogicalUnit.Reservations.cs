// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>Reservations: PERSISTENT RESERVE IN and OUT (SPC-5 6.16 and 6.17), RESERVE(6) and RELEASE(6) (SPC-2 7.21 and 7.23).</content>
public sealed partial class LogicalUnit
{
    private const byte Capabilities = 0x0C; // SPEC_I_PT and ALL_TG_PT work
    private const byte PersistsCapable = 0x01;

    // One change at a time; only the end of a unit reservation does not wait. Commands read the two fields and never wait.
    private readonly SemaphoreSlim _reservationControl = new(1, 1);
    private volatile ReservationState _reservations = ReservationState.Empty;

    // Who has reserved the unit with RESERVE(6), or null. It is a session, not a port: the reservation ends with it.
    private volatile ItNexus? _unitHolder;

    internal bool HasReservations => _options.KnowsInitiators;

    internal ValueTask<IoStatus> PersistentReserveIn(ScsiTask task)
    {
        const int readKeys = 0x00;
        const int readReservation = 0x01;
        const int reportCapabilities = 0x02;
        ReservationState state = _reservations;
        if (_unitHolder is not null)
        {
            return new(ReservationConflict(task));
        }

        ReadOnlySpan<byte> cdb = task.Cdb;
        var writer = new ReplyWriter(new byte[8 + (state.Registrations.Length * 272)]);
        switch (cdb[1] & CommandTable.ServiceActionMask)
        {
            case readKeys:
                WriteListHeader(ref writer, state);
                foreach (Registration registration in state.Registrations)
                {
                    writer.UInt64(registration.Key);
                }

                writer.SetLength32(4);
                break;
            case readReservation:
                WriteListHeader(ref writer, state);
                WriteReservation(ref writer, state);
                writer.SetLength32(4);
                break;
            case reportCapabilities:
                WriteReservationCapabilities(ref writer, state);
                break;
            default:
                WriteListHeader(ref writer, state);
                foreach (Registration registration in state.Registrations)
                {
                    WriteFullStatus(ref writer, state, registration);
                }

                writer.SetLength32(4);
                break;
        }

        return Reply(task, writer.Written, BinaryPrimitives.ReadUInt16BigEndian(cdb[7..]));
    }

    internal ValueTask<IoStatus> PersistentReserveOut(ScsiTask task)
    {
        ReadOnlySpan<byte> cdb = task.Cdb;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(cdb[5..]);
        if (length > PersistentReserveOutRequest.LongestList || length > task.DataOut.Length)
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.ParameterListLengthError);
        }

        byte[] list = new byte[length];
        task.DataOut.CopyTo(list);
        AdditionalSenseCode error = PersistentReserveOutRequest.Parse(cdb, list, out PersistentReserveOutRequest request);
        if (error == AdditionalSenseCode.None && task.Nexus.TransportId is null)
        {
            error = AdditionalSenseCode.InsufficientRegistrationResources;
        }

        return error == AdditionalSenseCode.None ? ChangeReservationsAsync(task, request) : Refuse(task, SenseKey.IllegalRequest, error);
    }

    // Third parties and extents are obsolete (SPC-2 7.21).
    internal ValueTask<IoStatus> Reserve6(ScsiTask task) => (task.Cdb[1] & 0x1F) != 0 ? InvalidFieldInCdb(task) : ReserveUnitAsync(task);

    internal ValueTask<IoStatus> Release6(ScsiTask task)
    {
        if ((task.Cdb[1] & 0x1F) != 0)
        {
            return InvalidFieldInCdb(task);
        }

        if (!_reservations.Registrations.IsEmpty)
        {
            return new(ReservationConflict(task));
        }

        // Somebody else's reservation stays, and that is no error.
        ReleaseUnit(task.Nexus);
        return Good();
    }

    private void ReleaseUnit(ItNexus nexus) => Interlocked.CompareExchange(ref _unitHolder, null, nexus);

    private async ValueTask<IoStatus> ReserveUnitAsync(ScsiTask task)
    {
        await _reservationControl.WaitAsync(task.Cancellation).ConfigureAwait(false);
        try
        {
            // The two ways to reserve do not mix (SPC-3 5.6.3).
            return _reservations.Registrations.IsEmpty && Interlocked.CompareExchange(ref _unitHolder, task.Nexus, null) is var holder
                && (holder is null || ReferenceEquals(holder, task.Nexus))
                    ? IoStatus.Good
                    : ReservationConflict(task);
        }
        finally
        {
            _reservationControl.Release();
        }
    }

    /// <summary>Takes over what outlived the last run of the daemon. Before the first command.</summary>
    /// <exception cref="HandlerException">It cannot be read: to serve the disk without it could let two nodes of a cluster write at a time.</exception>
    private void RestoreReservations()
    {
        if (!_options.KnowsInitiators || _options.ReservationStore is not { } store)
        {
            return;
        }

        try
        {
            if (store.Load() is { } image)
            {
                _reservations = ReservationImage.Read(image);
                Log.ReservationsRestored(_logger, Name, _reservations.Registrations.Length, store.Location);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new HandlerException(
                HandlerErrorKind.Failed,
                $"{Name}: the persistent reservations in '{store.Location}' cannot be read: {exception.Message} Repair the file, or move it away to start without them.",
                exception);
        }
    }

    private static IoStatus ReservationConflict(ScsiTask task)
    {
        task.SetStatus(ScsiStatus.ReservationConflict);
        return IoOutcome.SenseProvided;
    }

    // SPC-5 5.13.1: before the command has done anything.
    private bool ConflictsWithReservation(ScsiTask task, CommandDescriptor? command)
    {
        // What nobody knows is refused later, unless the device knows it.
        if (task.IsPrivileged || (command is null && _device.Zoned is null))
        {
            return false;
        }

        return _unitHolder is { } holder
            ? !ReferenceEquals(holder, task.Nexus) && command?.Has(CommandFlags.IgnoresUnitReservation) != true
            : _reservations.Conflicts(task.Nexus, command, task.Cdb);
    }

    private async ValueTask<IoStatus> ChangeReservationsAsync(ScsiTask task, PersistentReserveOutRequest request)
    {
        ReservationChange change;
        await _reservationControl.WaitAsync(task.Cancellation).ConfigureAwait(false);
        try
        {
            ReservationState old = _reservations;
            if (_unitHolder is not null)
            {
                return ReservationConflict(task);
            }

            change = Scsi.PersistentReserveOut.Apply(old, request, task.Nexus, _options.ReservationStore is not null);
            if (change.State is not { } next)
            {
                return RefuseChange(task, change.Error);
            }

            // What the initiator is told to outlive a power failure must be stored before it is told so.
            if (!ReferenceEquals(old, next) && (old.IsPersistent || next.IsPersistent) && !await Task.Run(() => TryStore(next)).ConfigureAwait(false))
            {
                return RefuseChange(task, AdditionalSenseCode.InsufficientRegistrationResources);
            }

            _reservations = next;
            TellRegistrants(change);
        }
        finally
        {
            _reservationControl.Release();
        }

        foreach (Registration preempted in change.Preempted)
        {
            await AbortCommandsAsync(preempted).ConfigureAwait(false);
        }

        return IoStatus.Good;
    }

    private static IoStatus RefuseChange(ScsiTask task, AdditionalSenseCode error)
    {
        if (error == AdditionalSenseCode.None)
        {
            return ReservationConflict(task);
        }

        task.SetCheckCondition(SenseKey.IllegalRequest, error);
        return IoOutcome.SenseProvided;
    }

    private bool TryStore(ReservationState state)
    {
        IUnitStateStore store = _options.ReservationStore!;
        try
        {
            if (state.IsPersistent && !state.Registrations.IsEmpty)
            {
                store.Save(ReservationImage.Write(state).Span);
            }
            else
            {
                store.Remove();
            }

            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Log.ReservationsNotStored(_logger, Name, store.Location, exception);
            return false;
        }
    }

    private async ValueTask AbortCommandsAsync(Registration registration)
    {
        foreach (ItNexus nexus in NexusesOf(registration))
        {
            if (nexus.AbortCommands is { } abort)
            {
                await abort(this).ConfigureAwait(false);
            }
        }
    }

    private static void WriteListHeader(ref ReplyWriter writer, ReservationState state)
    {
        writer.UInt32(state.Generation);
        writer.UInt32(0); // additional length
    }

    private static void WriteReservation(ref ReplyWriter writer, ReservationState state)
    {
        if (state.Type == PersistentReservationType.None)
        {
            return;
        }

        // All registrants: no key is the holder's (SPC-5 6.16.3.2).
        writer.UInt64(state.Holder?.Key ?? 0);
        writer.UInt32(0);
        writer.Byte(0);
        writer.Byte((byte)state.Type);
        writer.UInt16(0);
    }

    private void WriteReservationCapabilities(ref ReplyWriter writer, ReservationState state)
    {
        const byte typeMaskValid = 0x80;
        const byte typesWriteAndExclusive = 0xEA;
        const byte typeExclusiveAllRegistrants = 0x01;
        writer.UInt16(8);
        writer.Byte(Capabilities | (_options.ReservationStore is null ? 0 : PersistsCapable));
        writer.Byte(typeMaskValid | (state.IsPersistent ? 0x01 : 0x00));
        writer.Byte(typesWriteAndExclusive);
        writer.Byte(typeExclusiveAllRegistrants);
        writer.UInt16(0);
    }

    private static void WriteFullStatus(ref ReplyWriter writer, ReservationState state, Registration registration)
    {
        const byte holder = 0x01;
        const byte allTargetPorts = 0x02;
        bool isHolder = state.Type != PersistentReservationType.None && state.IsHolder(registration);
        writer.UInt64(registration.Key);
        writer.UInt32(0);
        writer.Byte((registration.AllPorts ? allTargetPorts : 0) | (isHolder ? holder : 0));
        writer.Byte(isHolder ? (byte)state.Type : 0);
        writer.UInt32(0);
        writer.UInt16(registration.AllPorts ? 0 : registration.RelativePortId);
        writer.UInt32((uint)registration.Initiator.Bytes.Length);
        writer.Bytes(registration.Initiator.Bytes);
    }
}
