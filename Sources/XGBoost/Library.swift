internal import CXGBoost

/// The XGBoost library this process is linked with.
public enum Library {
    /// The version in use, `1.7.4` for example. Lineage names it: another version may grow other trees.
    public static var version: String {
        var (major, minor, patch): (CInt, CInt, CInt) = (0, 0, 0)
        XGBoostVersion(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }
}
