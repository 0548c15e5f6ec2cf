// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Collections.Immutable;

namespace TcmuRunner.Scsi;

/// <summary>What a PERSISTENT RESERVE OUT asks for (SPC-5 6.17): CDB and parameter list, checked for their form.</summary>
internal sealed record PersistentReserveOutRequest
{
    /// <summary>Length of the parameter list where nothing is appended to it.</summary>
    public const int ListLength = 24;

    // A list names no more initiator ports than this; each takes at most 248 bytes.
    private const int MostTransportIds = 64;
    private const byte SpecifyInitiatorPorts = 0x08;
    private const byte AllTargetPortsBit = 0x04;
    private const byte PersistBit = 0x01;
    private const byte UnregisterBit = 0x02;

    /// <summary>The longest parameter list that is read.</summary>
    public const int LongestList = ListLength + 4 + (MostTransportIds * 248);

    public required PersistentReserveOutAction Action { get; init; }

    /// <summary>The type that the CDB names; <see cref="PersistentReservationType.None"/> where it names none that exists.</summary>
    public PersistentReservationType Type { get; init; }

    /// <summary>RESERVATION KEY.</summary>
    public ulong Key { get; init; }

    /// <summary>SERVICE ACTION RESERVATION KEY.</summary>
    public ulong ServiceActionKey { get; init; }

    /// <summary>APTPL: registrations outlive a loss of power.</summary>
    public bool IsPersistent { get; init; }

    /// <summary>ALL_TG_PT: the registration holds for every target port.</summary>
    public bool AllTargetPorts { get; init; }

    /// <summary>UNREG: the nexus that moves its reservation away loses its registration too.</summary>
    public bool Unregister { get; init; }

    /// <summary>The target port of the nexus that gets the reservation (REGISTER AND MOVE).</summary>
    public ushort RelativePortId { get; init; }

    /// <summary>SPEC_I_PT: also register the initiator ports in <see cref="InitiatorPorts"/>.</summary>
    public bool SpecifiesInitiatorPorts { get; init; }

    /// <summary>The initiator ports that the list names.</summary>
    public ImmutableArray<TransportId> InitiatorPorts { get; init; } = [];

    /// <summary>Reads a command: untrusted.</summary>
    /// <param name="cdb">The CDB.</param>
    /// <param name="list">The parameter list, as long as the CDB says.</param>
    /// <param name="request">What it asks for.</param>
    /// <returns>What is wrong with it, or <see cref="AdditionalSenseCode.None"/>.</returns>
    public static AdditionalSenseCode Parse(ReadOnlySpan<byte> cdb, ReadOnlySpan<byte> list, out PersistentReserveOutRequest request)
    {
        var action = (PersistentReserveOutAction)(cdb[1] & CommandTable.ServiceActionMask);
        request = new PersistentReserveOutRequest { Action = action };
        if (list.Length < ListLength)
        {
            return AdditionalSenseCode.ParameterListLengthError;
        }

        bool usesType = action is PersistentReserveOutAction.Reserve or PersistentReserveOutAction.Release
            or PersistentReserveOutAction.Preempt or PersistentReserveOutAction.PreemptAndAbort;
        if (!PersistentReservationTypes.TryParse(cdb[2], out PersistentReservationType type) && usesType)
        {
            return AdditionalSenseCode.InvalidFieldInCdb;
        }

        request = request with
        {
            Type = usesType ? type : PersistentReservationType.None,
            Key = BinaryPrimitives.ReadUInt64BigEndian(list),
            ServiceActionKey = BinaryPrimitives.ReadUInt64BigEndian(list[8..]),
        };
        return action == PersistentReserveOutAction.RegisterAndMove ? ParseMove(list, ref request) : ParseBasic(list, ref request);
    }

    private static AdditionalSenseCode ParseBasic(ReadOnlySpan<byte> list, ref PersistentReserveOutRequest request)
    {
        byte flags = list[20];
        bool registers = request.Action is PersistentReserveOutAction.Register or PersistentReserveOutAction.RegisterAndIgnoreExistingKey;
        bool specifies = registers && (flags & SpecifyInitiatorPorts) != 0;
        if (specifies && request.Action != PersistentReserveOutAction.Register)
        {
            return AdditionalSenseCode.InvalidFieldInParameterList;
        }

        request = request with
        {
            IsPersistent = registers && (flags & PersistBit) != 0,
            AllTargetPorts = registers && (flags & AllTargetPortsBit) != 0,
            SpecifiesInitiatorPorts = specifies,
        };
        if (!specifies)
        {
            return list.Length == ListLength ? AdditionalSenseCode.None : AdditionalSenseCode.ParameterListLengthError;
        }

        if (list.Length < ListLength + 4 || BinaryPrimitives.ReadUInt32BigEndian(list[ListLength..]) != list.Length - ListLength - 4)
        {
            return AdditionalSenseCode.ParameterListLengthError;
        }

        return ParsePorts(list[(ListLength + 4)..], ref request);
    }

    private static AdditionalSenseCode ParseMove(ReadOnlySpan<byte> list, ref PersistentReserveOutRequest request)
    {
        request = request with
        {
            IsPersistent = (list[17] & PersistBit) != 0,
            Unregister = (list[17] & UnregisterBit) != 0,
            RelativePortId = BinaryPrimitives.ReadUInt16BigEndian(list[18..]),
        };
        if (BinaryPrimitives.ReadUInt32BigEndian(list[20..]) != list.Length - ListLength)
        {
            return AdditionalSenseCode.ParameterListLengthError;
        }

        AdditionalSenseCode error = ParsePorts(list[ListLength..], ref request);
        return error == AdditionalSenseCode.None && request.InitiatorPorts.Length != 1 ? AdditionalSenseCode.InvalidFieldInParameterList : error;
    }

    private static AdditionalSenseCode ParsePorts(ReadOnlySpan<byte> ports, ref PersistentReserveOutRequest request)
    {
        var parsed = ImmutableArray.CreateBuilder<TransportId>();
        while (!ports.IsEmpty)
        {
            if (parsed.Count == MostTransportIds || !TransportId.TryParse(ports, out TransportId? port, out int length) || parsed.Contains(port))
            {
                return AdditionalSenseCode.InvalidFieldInParameterList;
            }

            parsed.Add(port);
            ports = ports[length..];
        }

        request = request with { InitiatorPorts = parsed.DrainToImmutable() };
        return AdditionalSenseCode.None;
    }
}
