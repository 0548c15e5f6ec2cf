// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Collections.Immutable;

namespace TcmuRunner.Scsi;

/// <summary>The parameter list of EXTENDED COPY(LID1) (SPC-4 6.4.3), checked for its form: untrusted.</summary>
internal sealed record CopyRequest
{
    public const int HeaderLength = 16;
    public const int MostTargets = 8;
    public const int MostSegments = 16;

    /// <summary>MAXIMUM DESCRIPTOR LIST LENGTH: of both lists together.</summary>
    public const int LongestDescriptorList = (MostTargets * CopyTarget.Length) + (MostSegments * CopySegment.Length);

    private const int NoListIdentifier = 3;

    /// <summary>LIST IDENTIFIER, by which RECEIVE COPY RESULTS asks; null where the list has none.</summary>
    public byte? ListIdentifier { get; private init; }

    public ImmutableArray<CopyTarget> Targets { get; private init; }

    public ImmutableArray<CopySegment> Segments { get; private init; }

    /// <summary>Reads a list.</summary>
    /// <param name="list">As many bytes as the CDB announces, not empty.</param>
    /// <param name="request">What is to be copied.</param>
    /// <returns>What is wrong with it, or <see cref="AdditionalSenseCode.None"/>.</returns>
    public static AdditionalSenseCode Parse(ReadOnlySpan<byte> list, out CopyRequest? request)
    {
        request = null;
        if (list.Length < HeaderLength)
        {
            return AdditionalSenseCode.ParameterListLengthError;
        }

        int targetLength = BinaryPrimitives.ReadUInt16BigEndian(list[2..]);
        uint segmentLength = BinaryPrimitives.ReadUInt32BigEndian(list[8..]);
        uint inlineLength = BinaryPrimitives.ReadUInt32BigEndian(list[12..]);
        long descriptors = targetLength + (long)segmentLength;
        if (descriptors > LongestDescriptorList || inlineLength != 0 || list.Length < HeaderLength + descriptors || targetLength % CopyTarget.Length != 0)
        {
            return AdditionalSenseCode.ParameterListLengthError;
        }

        if (targetLength / CopyTarget.Length > MostTargets)
        {
            return AdditionalSenseCode.TooManyTargetDescriptors;
        }

        if (segmentLength > MostSegments * CopySegment.Length)
        {
            return AdditionalSenseCode.TooManySegmentDescriptors;
        }

        int usage = (list[1] >> 3) & 0x03;
        AdditionalSenseCode error = ParseDescriptors(
            list.Slice(HeaderLength, targetLength), list.Slice(HeaderLength + targetLength, (int)segmentLength), out request);
        if (error != AdditionalSenseCode.None || usage == 1 || (usage == NoListIdentifier && list[0] != 0))
        {
            return error == AdditionalSenseCode.None ? AdditionalSenseCode.InvalidFieldInParameterList : error;
        }

        request = request! with { ListIdentifier = usage == NoListIdentifier ? null : list[0] };
        return AdditionalSenseCode.None;
    }

    private static AdditionalSenseCode ParseDescriptors(ReadOnlySpan<byte> targetList, ReadOnlySpan<byte> segmentList, out CopyRequest? request)
    {
        request = null;
        var targets = ImmutableArray.CreateBuilder<CopyTarget>();
        for (; !targetList.IsEmpty; targetList = targetList[CopyTarget.Length..])
        {
            if (CopyTarget.Parse(targetList[..CopyTarget.Length], out CopyTarget? target) is not AdditionalSenseCode.None and var error)
            {
                return error;
            }

            targets.Add(target!);
        }

        var segments = ImmutableArray.CreateBuilder<CopySegment>();
        for (; !segmentList.IsEmpty; segmentList = segmentList[CopySegment.Length..])
        {
            // The type decides the length, so an unknown type comes before a wrong length.
            if (segmentList[0] != CopySegment.DescriptorType)
            {
                return AdditionalSenseCode.UnsupportedSegmentDescriptorTypeCode;
            }

            if (segmentList.Length < CopySegment.Length)
            {
                return AdditionalSenseCode.ParameterListLengthError;
            }

            if (CopySegment.Parse(segmentList, out CopySegment segment) is not AdditionalSenseCode.None and var error)
            {
                return error;
            }

            segments.Add(segment);
        }

        request = new CopyRequest { Targets = targets.DrainToImmutable(), Segments = segments.DrainToImmutable() };
        return AdditionalSenseCode.None;
    }
}
