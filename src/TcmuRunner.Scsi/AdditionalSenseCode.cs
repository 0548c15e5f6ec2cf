// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>Additional sense codes: ASC in the high byte, ASCQ in the low byte (SPC-5 table of ASC and ASCQ assignments).</summary>
public enum AdditionalSenseCode : ushort
{
    None = 0x0000,
    LogicalUnitNotReadyFormatInProgress = 0x0404,
    AsymmetricAccessStateTransition = 0x040A,
    TargetPortInStandbyState = 0x040B,
    LogicalUnitCommunicationFailure = 0x0800,
    WriteError = 0x0C00,
    InvalidFieldInCommandInformationUnit = 0x0E03,
    UnrecoveredReadError = 0x1100,
    ParameterListLengthError = 0x1A00,
    MiscompareDuringVerifyOperation = 0x1D00,
    InvalidCommandOperationCode = 0x2000,
    LogicalBlockAddressOutOfRange = 0x2100,
    InvalidFieldInCdb = 0x2400,
    InvalidFieldInParameterList = 0x2600,
    InvalidReleaseOfPersistentReservation = 0x2604,
    WriteProtected = 0x2700,
    SpaceAllocationFailedWriteProtect = 0x2707,
    PowerOnResetOrBusDeviceResetOccurred = 0x2900,
    BusDeviceResetFunctionOccurred = 0x2903,
    ModeParametersChanged = 0x2A01,
    ReservationsPreempted = 0x2A03,
    ReservationsReleased = 0x2A04,
    RegistrationsPreempted = 0x2A05,
    CapacityDataHasChanged = 0x2A09,
    SavingParametersNotSupported = 0x3900,
    InternalTargetFailure = 0x4400,
    InsufficientRegistrationResources = 0x5504,
    SetTargetPortGroupsCommandFailed = 0x670A,
}
